import type { AuditAppend, AuditEntry } from '../../control-plane/platform/audit.ts'
import type { Clock } from '../../control-plane/platform/clock.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { openDatabase, type Database } from '../../control-plane/platform/database.ts'
import type { OperationInput, PlanInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { OperationEngine } from '../../control-plane/features/operations/operations.engine.ts'
import { operationsRecorder, type Recorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { requestOperation, type NewRequest } from '../../control-plane/features/operations/operations.request.ts'
import type { OperationHooks, OperationRow } from '../../control-plane/features/operations/operations.row.ts'
import type { Accepted } from '../../control-plane/platform/schemas.ts'
import { APPROVAL_MS } from './api.ts'
import { testDatabase, type TestDatabase } from './database.ts'

/** The operations engine on a database of its own, with hooks that write down what they were told. */
export type OperationsRig = {
  database: TestDatabase
  operator: Database
  worker: Database
  member: Database
  hooks: OperationHooks
  told: string[]
  /** The time that approvals go by; real unless a test moves it. */
  clock: Clock & { moveTo: (time: Date | undefined) => void }
  /** What was audited, and what writes it down. */
  audited: AuditEntry[]
  audit: AuditAppend
  recorder: Recorder
  /** Asks in a transaction of its own. */
  ask: (
    kind: NewRequest['kind'],
    on: { tenantId?: string | null; unitId: string },
    more?: Partial<NewRequest>,
  ) => Promise<Accepted>
  /** Rows by plain SQL, as the superuser. */
  rows: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  state: (id: string) => Promise<string>
  epoch: (id: string) => Promise<number>
  close: () => Promise<void>
}

export async function operationsRig({ max = 10 } = {}): Promise<OperationsRig> {
  const database = await testDatabase()
  const open = (role: 'steward_operator' | 'steward_worker' | 'steward_member') =>
    openDatabase({ url: database.url(role), applicationName: 'test', max })
  const [operator, worker, member] = [open('steward_operator'), open('steward_worker'), open('steward_member')]
  const told: string[] = []
  const note =
    (what: string) =>
    async (_tx: unknown, { id }: OperationRow) =>
      void told.push(`${what} ${id}`)
  const hooks: OperationHooks = {
    onRetry: note('retry'),
    onAdmitted: note('admitted'),
    onClosed: async (_tx, { id }, outcome) => void told.push(`${outcome} ${id}`),
  }
  let moved: Date | undefined
  const clock = { now: () => moved ?? new Date(), moveTo: (time: Date | undefined) => void (moved = time) }
  const audited: AuditEntry[] = []
  const audit: AuditAppend = async (_tx, entry) => ({ id: newId(), sequence: audited.push(entry) })
  const request = requestOperation(hooks, { clock, lastsMs: APPROVAL_MS })
  const { Pool } = (await import('pg')).default
  const root = new Pool({ connectionString: database.url(), max: 2 })
  const rows: OperationsRig['rows'] = async (text, values) => (await root.query(text, values)).rows
  const one = async (column: string, id: string) =>
    (await rows(`select ${column} as value from operations where id = $1`, [id]))[0]?.['value']
  return {
    database, operator, worker, member, hooks, told, clock, audited, audit, rows,
    recorder: operationsRecorder({ database: worker, hooks, onError: (error) => told.push(`error ${String(error)}`) }),
    ask: (kind, { tenantId = null, unitId }, more) =>
      operator.transaction((tx) =>
        request(tx, { kind, tenantId, unitId, region: 'local-1', input: {}, requestedBy: null, requestId: null, ...more }),
      ),
    state: async (id) => String(await one('state', id)),
    epoch: async (id) => Number(await one('epoch', id)),
    close: async () => {
      await Promise.all([operator.close(), worker.close(), member.close(), root.end()])
      await database.drop()
    },
  } // prettier-ignore
}

export const somewhere = () => ({ tenantId: newId(), unitId: newId() })

/** An engine in memory: passes the suite of the port, like the real one. */
export type FakeEngine = OperationEngine & {
  workflows: Map<string, OperationInput & { cancelled: number; ended: boolean }>
  /** Change plans that were begun, by their ids. */
  plans: Map<string, PlanInput>
  down: boolean
}
export function fakeEngine(): FakeEngine {
  const workflows: FakeEngine['workflows'] = new Map()
  const reach = () => {
    if (engine.down) throw new Error('the engine is down')
  }
  const engine: FakeEngine = {
    workflows,
    plans: new Map(),
    down: false,
    start: async (operation) => {
      reach()
      if (!workflows.has(operation.operationId))
        workflows.set(operation.operationId, { ...operation, cancelled: 0, ended: false })
    },
    plan: async (plan) => {
      reach()
      if (!engine.plans.has(plan.planId)) engine.plans.set(plan.planId, plan)
    },
    cancel: async (operationId) => {
      reach()
      const workflow = workflows.get(operationId)
      if (workflow && !workflow.ended) workflow.cancelled += 1
    },
    look: async (operationId) => {
      reach()
      return workflows.get(operationId)?.ended === false || engine.plans.has(operationId) ? 'running' : 'gone'
    },
  }
  return engine
}

/** Log lines instead of a logger. */
export function fakeLog() {
  const lines: { level: string; event: unknown }[] = []
  const line = (level: string) => (fields: unknown) => {
    lines.push({
      level,
      event: typeof fields === 'object' && fields !== null && 'event' in fields ? fields.event : fields,
    })
  }
  return { lines, logger: { info: line('info'), warn: line('warn'), error: line('error') } }
}
