import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import pg from 'pg'
import { inject } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { isMoveKind, type MoveKind } from '../../control-plane/domain/moves.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import { temporalEngine } from '../../control-plane/features/operations/operations.engine.ts'
import { startOperationsRelay } from '../../control-plane/features/operations/operations.relay.ts'
import { createAuditAppend } from '../../control-plane/features/audit/audit.service.ts'
import { lockSubjects } from '../../control-plane/features/operations/operations.request.ts'
import { sweepPlans } from '../../control-plane/features/operations/operations.sweeper.ts'
import { featureHooks } from '../../control-plane/hooks.ts'
import { openDatabase } from '../../control-plane/platform/database.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { traceStarts } from '../../control-plane/platform/temporal.ts'
import { workflowBundle } from '../../workflows/bundle.ts'
import { handsInSpans } from '../../workflows/regions/hands-spans.ts'
import { testSigner } from './signer.ts'
import { composeSteps } from '../../workflows/worker/compose.ts'
import { createWorkerFor, type WorkerParts } from '../../workflows/worker/create-worker.ts'
import type { StepHooks } from '../../workflows/worker/step-interceptor.ts'
import { testApi } from './api.ts'
import { mustBe } from './customers.ts'
import { type Api, asked, foundOf, roomierPlan, type Subject } from './rig-requests.ts'
import { REGION_SETTINGS } from './region-settings.ts'
import { fakeRegion, type FakeRegion } from './fake-region.ts'
import { until } from './postgres.ts'
import { quietRuntime, TEST_CACHE } from './temporal-worker.ts'
import { TEST_NAMESPACE } from './temporal.ts'

export type Ended = {
  state: string
  code: string | null
  message: string | null
  steps: { step: string; state: string; attempt: number; code: string | null }[]
}

/** The plane as it runs, but for the region's infrastructure: API, relay, Temporal and a worker on real records. */
export type WorkflowRig = {
  region: FakeRegion
  client: Client
  taskQueue: string
  rows: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  /** What is called around every effect, also of undos; a test sets it and takes it away. */
  hooks: StepHooks
  /** Steps begun and undone, in order; a test empties it. */
  seen: string[]
  /** The same of one operation. */
  seenOf: (operationId: string) => readonly string[]
  call: Api['call']
  login: Api['login']
  /** Asks the API for an operation of this kind, around whose effects alone `faults` is called; answers its id. */
  ask: (kind: OperationKind, on: Subject, faults?: StepHooks) => Promise<string>
  cancel: (operationId: string) => Promise<void>
  /** Waits until the operation is in a final state. */
  ended: (operationId: string) => Promise<Ended>
  /** A subject in the state in which an operation of this kind can be asked for. */
  prepare: (kind: OperationKind, unit?: UnitKind) => Promise<Subject>
  /** Ends a running operation as the sweeper does. */
  settle: (operationId: string) => Promise<void>
  /** Looks once for change plans whose workflow is gone, however new; answers their ids. */
  sweepPlans: () => Promise<string[]>
  /** Waits until the step has begun. */
  reached: (operationId: string, step: string) => Promise<void>
  /** Stops the worker as its process does, and starts another. */
  replaceWorker: () => Promise<void>
  /** What the worker seals keys of exports with. */
  sealingKey: Buffer
  log: string[]
  close: () => Promise<void>
}

export async function workflowRig({ tuning = {} }: Pick<WorkerParts, 'tuning'> = {}): Promise<WorkflowRig> {
  quietRuntime()
  const address = inject('temporal')
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ])
  const client = new Client({ connection, namespace: TEST_NAMESPACE, interceptors: { workflow: [traceStarts] } })
  const taskQueue = `test-${randomBytes(4).toString('hex')}`
  const api = await testApi()
  const root = new pg.Pool({ connectionString: api.database.url(), max: 2 })
  const rows: WorkflowRig['rows'] = async (text, values) => (await root.query(text, values)).rows
  await rows(`insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', $1)`, [
    JSON.stringify({ ...REGION_SETTINGS, instances: 1000 }),
  ])

  await rows(roomierPlan)

  const log: string[] = []
  const logger = createLogger({ level: 'debug', process: 'test' }, { write: (line: string) => void log.push(line) })
  const database = openDatabase({ url: api.database.url('steward_worker'), applicationName: 'test-worker' })
  const region = fakeRegion()
  const hooks: StepHooks = {}
  const seen: string[] = []
  const [own, seenOf] = [new Map<string, StepHooks>(), new Map<string, string[]>()]
  const asking = new Set<Promise<string>>()
  const around: StepHooks = {
    async beforeEffect(call) {
      const { attempt, operationId, step } = call
      if (!FRAME.has(step) && !own.has(operationId)) await Promise.allSettled(asking) // its answer may be on its way
      if (attempt === 1 && !FRAME.has(step)) {
        seen.push(step)
        seenOf.set(operationId, [...(seenOf.get(operationId) ?? []), step])
      }
      await hooks.beforeEffect?.(call)
      await own.get(operationId)?.beforeEffect?.(call)
    },
    async afterEffect(call) {
      await hooks.afterEffect?.(call)
      await own.get(call.operationId)?.afterEffect?.(call)
    },
  }
  const seals = testSigner()
  const { recorder, deps } = composeSteps({
    database,
    regions: { handsOf: async () => handsInSpans(region.hands) },
    ...seals,
    stacks: region.stacks,
    rows: region.rows,
    keys: region.keys,
    stackBackups: region.backups,
    logger,
  })
  const bundle = await workflowBundle({ cache: TEST_CACHE })
  const startWorker = async () => {
    const worker = await createWorkerFor({
      connection: native,
      namespace: TEST_NAMESPACE,
      taskQueue,
      bundle,
      log: logger,
      hooks: around,
      tuning: { shutdownGraceTime: '100ms', shutdownForceTime: '5s', ...tuning },
      recorder,
      deps,
    })
    const running = worker.run()
    return async () => {
      worker.shutdown()
      await running
    }
  }
  let stopWorker = await startWorker()
  const relay = await startOperationsRelay({
    database: api.operator,
    engine: temporalEngine(onQueue(client, taskQueue)),
    hooks: featureHooks(lockSubjects, api.clock),
    clock: api.clock,
    audit: createAuditAppend({ clock: api.clock }),
    logger,
  })

  const ended: WorkflowRig['ended'] = (operationId) =>
    until(async () => {
      const [row] = await rows(
        'select state, error_code as code, error_message as message from operations where id = $1 and finished_at is not null',
        [operationId],
      )
      if (!row) throw new Error(`operation ${operationId} has not ended`)
      const steps = await rows(
        'select step, state, attempt, error_code as code from operation_steps where operation_id = $1 order by started_at, attempt',
        [operationId],
      )
      return { ...row, steps } as Ended // columns as selected
    }, 60)
  const ask: WorkflowRig['ask'] = (kind, on, faults = {}) => {
    const answer = asked(api, kind, on).then((accepted) => {
      const operationId = String(mustBe(202, accepted)['operationId'])
      own.set(operationId, faults)
      return operationId
    })
    asking.add(answer)
    return answer.finally(() => asking.delete(answer))
  }
  return {
    region,
    client,
    taskQueue,
    call: api.call,
    login: api.login,
    rows,
    hooks,
    seen,
    seenOf: (operationId) => seenOf.get(operationId) ?? [],
    ask,
    cancel: async (operationId) => void mustBe(202, await api.call('POST', `/v1/operations/${operationId}/cancel`)),
    ended,
    prepare: (kind, unit = 'cell') => prepare({ api, ask, ended, rows, region }, kind, unit),
    async settle(operationId) {
      const [row] = await rows('select epoch::int from operations where id = $1', [operationId])
      const error = { code: 'operation.lost', message: 'settled by a test' }
      await recorder.close({ operationId, epoch: Number(row?.['epoch']), outcome: 'failed', error })
    },
    sweepPlans: () =>
      sweepPlans({ database: api.operator, engine: temporalEngine(client), clock: api.clock, logger }, 0),
    reached: (operationId, step) =>
      until(async () => {
        const found = await rows('select 1 from operation_steps where operation_id = $1 and step = $2', [
          operationId,
          step,
        ])
        if (found.length === 0) throw new Error(`${step} has not begun`)
      }),
    async replaceWorker() {
      await stopWorker()
      stopWorker = await startWorker()
    },
    sealingKey: seals.sealingKey,
    log,
    async close() {
      await relay.stop()
      await stopWorker()
      await Promise.all([native.close(), connection.close(), database.close(), root.end()])
      await api.close()
    },
  }
}

/** The client as the engine uses it, with another queue: files of one run share a server. */
function onQueue(client: Client, taskQueue: string): Pick<Client, 'workflow' | 'withDeadline'> {
  const start: Client['workflow']['start'] = (type, options) => client.workflow.start(type, { ...options, taskQueue })
  const workflow: Client['workflow'] = Object.create(client.workflow, { start: { value: start } })
  return { workflow, withDeadline: client.withDeadline.bind(client) }
}

type Parts = Pick<WorkflowRig, 'ask' | 'ended' | 'rows' | 'region'> & { api: Api }

/** Around the steps, and no steps themselves. */
const FRAME: ReadonlySet<string> = new Set(['learn-tenant', 'close-operation', 'make-change-plan', 'note-unplanned'])

/** What there is to repair: something of the cluster, something of the database, and something that is nobody's. */
function meddle({ world }: FakeRegion, { cellId, slug, unit = 'cell' }: Subject): void {
  const changed = { what: 'changed', tenantId: null, path: 'spec.replicas', wanted: '2', found: '5' } as const
  const unknown = { what: 'unknown', tenantId: null, path: null, wanted: null, found: null } as const
  world.meddled.set(cellId, [
    { ...changed, object: `Deployment ${slug}` },
    { ...unknown, object: 'ConfigMap stranger' },
  ])
  world.meddled.set(unitNames(unit, slug).database, [{ ...changed, object: 'role app', path: 'connection limit' }])
  if (unit === 'stack')
    world.meddled.set(`stack ${slug}`, [
      { ...changed, object: 'PostgresCluster db', path: 'standbys', protected: true },
    ])
}

const other = (unit: UnitKind): UnitKind => (unit === 'cell' ? 'instance' : 'cell')
/** Where a tenant is before its move: of the operations of one, the unit is the target, but for the retirement. */
const sourceOf = (kind: MoveKind, unit: UnitKind): UnitKind => (kind === 'tenant.move-retire' ? unit : other(unit))

/** A tenant that moves has rows. */
async function write({ rows, region }: Pick<Parts, 'rows' | 'region'>, slug: string): Promise<void> {
  const [placed] = await rows(
    'select t.id, u.kind, u.name from tenants t join units u on u.id = t.unit_id where t.slug = $1',
    [slug],
  )
  const names = unitNames(placed?.['kind'] as UnitKind, String(placed?.['name'])) // as the column's check says
  region.world.databases.get(names.database)?.add(String(placed?.['id']))
}

let count = 0

/** Cells have room for many tenants, but a retired one has none: each subject that needs it gets a cell of its own. */
async function prepare({ ask, ended, rows, region }: Parts, kind: OperationKind, unit: UnitKind): Promise<Subject> {
  const slug = `s${(count += 1)}-${randomBytes(3).toString('hex')}`
  const subject = { cellId: '', tenantId: '', slug, unit }
  const done = async (needed: OperationKind, on: Subject) => {
    const { state, message } = await ended(await ask(needed, on))
    if (state !== 'succeeded') throw new Error(`${needed} ${state}: ${message}`)
  }
  const provisioned = async () => {
    await done('tenant.provision', isMoveKind(kind) ? { ...subject, unit: sourceOf(kind, unit) } : subject)
    const [tenant] = await rows('select id, unit_id as unit from tenants where slug = $1', [slug])
    subject.tenantId = String(tenant?.['id'])
    return String(tenant?.['unit'])
  }
  if (kind === 'cell.create') return subject
  if (kind === 'tenant.adopt') {
    const { namespace, database } = foundOf(slug)
    region.world.found.set(namespace, { version: '1', database, owner: 'dba', conflicts: [] })
    region.world.databases.set(database, new Set())
    return subject
  }
  const alone = kind === 'cell.retire' || kind === 'unit.deploy' || kind === 'unit.reconcile'
  if (unit === 'cell' || isMoveKind(kind)) {
    const one = `select id from units where state = 'active' and kind = 'cell'`
    const [cell] = alone ? [] : await rows(`${one} limit 1`)
    if (!cell) await done('cell.create', alone ? subject : { ...subject, slug: `home-${slug}` }) // instances are named after slugs
    const [made] = await rows(`${one} and (name = $1 or $2) order by name = $1 desc limit 1`, [slug, !alone])
    subject.cellId = String(made?.['id'])
  }
  const ofStack = kind === 'unit.backup' || kind === 'unit.rotate-key'
  if (ofStack || (kind === 'unit.reconcile' && unit !== 'cell')) subject.cellId = await provisioned()
  if (kind === 'unit.reconcile') meddle(region, subject)
  if (alone || ofStack || kind === 'tenant.provision' || kind === 'unit.attest' || kind === 'unit.check') return subject
  await provisioned()
  if (kind === 'tenant.resume') await done('tenant.suspend', subject)
  if (isMoveKind(kind)) await write({ rows, region }, slug)
  if (kind !== 'tenant.move' && isMoveKind(kind))
    await done('tenant.move', { ...subject, unit: kind === 'tenant.move-retire' ? other(unit) : unit })
  return subject
}
