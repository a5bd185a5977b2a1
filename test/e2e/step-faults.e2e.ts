import { readFile } from 'node:fs/promises'
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cellNames } from '../../control-plane/domain/naming.ts'
import { KINDS, type OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { Hands } from '../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../support/estate.ts'
import { type Fault, type FaultyWorker, faultyWorker } from '../support/faulty-worker.ts'
import { handsSuite } from '../support/hands-suite.ts'
import { asCustomer } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'

/** Every step of every process fails once before and once after its effect, on the real servers. */
const CELL_LIFE = ['cell.create', 'cell.retire'] as const satisfies readonly OperationKind[]
const TENANT_LIFE = [
  'tenant.provision',
  'tenant.update',
  'tenant.suspend',
  'tenant.resume',
  'tenant.decommission',
] as const satisfies readonly OperationKind[]

let its: TestEstate
let worker: FaultyWorker
let hands: Hands
beforeAll(async () => {
  its = await testEstate({ without: ['worker'] })
  worker = await faultyWorker(its.estate)
  const region = JSON.parse(await readFile(its.estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  hands = await worker.regions.handsOf(region)
  await ask('cell.create', HOME, [])
})
afterAll(async () => {
  await worker?.stop()
  await its?.remove()
})

/** Something that lives through a sequence of operations: a cell, or a tenant in the cell `home`. */
type Subject = { name: string; cell: string }
const HOME: Subject = { name: 'home', cell: 'home' }

async function request(kind: OperationKind, { name }: Subject) {
  const { call } = its.plane
  const tenant = `/v1/tenants/${name}`
  switch (kind) {
    case 'cell.create':
      return call('POST', '/v1/cells', { body: { name, capacity: { tenants: 500, requestsPerSecond: 100_000 } } })
    case 'cell.retire': {
      const { body } = await call<{ items: { id: string; name: string }[] }>('GET', '/v1/cells?limit=100')
      return call('DELETE', `/v1/cells/${body.items.find((cell) => cell.name === name)?.id}`)
    }
    case 'tenant.provision':
      return call('POST', '/v1/tenants', { body: { slug: name, plan: 'starter-shared' } })
    case 'tenant.update': {
      const { headers } = await call('GET', tenant)
      return call('PATCH', tenant, {
        body: { limits: { burst: 77 } },
        headers: { 'if-match': headers.get('etag') ?? '' },
      })
    }
    case 'tenant.decommission':
      return call('DELETE', tenant)
    default:
      return call('POST', `${tenant}/${kind.slice('tenant.'.length)}`)
  }
}

async function ask(kind: OperationKind, subject: Subject, faults: readonly Fault[]): Promise<string> {
  const { status, body } = await request(kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  return follow(String(body['operationId']), faults)
}

async function follow(operationId: string, faults: readonly Fault[]): Promise<string> {
  worker.arrange(operationId, faults)
  await its.plane.settle(operationId, faults.some(({ kind }) => kind === 'fatal') ? 'failed' : 'succeeded')
  expect(worker.happened(operationId)).toBe(faults.length)
  return operationId
}

type Dump = {
  unit: unknown
  tenant: unknown
  conditions: unknown
  things: readonly string[]
  answer: number | undefined
}

/** Everything there is of a subject, with its names taken out: rows, objects, databases, roles, routes and what its address says. */
async function dump({ name, cell }: Subject): Promise<Dump> {
  const owner = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const { unit, tenant } = await withClient(owner, async (client) => ({
    unit: (await client.query('select id, state from units where name = $1', [cell])).rows[0],
    tenant: (await client.query('select id, host, state, published, limits from tenants where slug = $1', [name]))
      .rows[0],
  }))
  const names = cellNames(cell)
  const unitTraces = { unitId: unit?.id ?? '', unit: cell, names }
  const traces = tenant
    ? await hands.sweep.tenant({ ...unitTraces, tenantId: tenant.id, slug: name, host: tenant.host }, unlinked)
    : await hands.sweep.unit(unitTraces, unlinked)
  const nameless = (text: string) =>
    [
      [tenant?.id, '<tenant>'],
      [unit?.id, '<unit>'],
      [tenant?.host, '<host>'],
      [names.database, '<database>'],
      [name, '<name>'],
    ]
      .filter((pair): pair is [string, string] => typeof pair[0] === 'string' && pair[0] !== '')
      .reduce((text_, [secret, shown]) => text_.replaceAll(secret, shown), text)
      .replaceAll(/-[a-z0-9]{8,10}(-[a-z0-9]{5})?\b/g, '-<made>')
      .replaceAll(/-[a-z0-9]{5}\b/g, '-<made>')
  const things = traces
    .filter(({ kind }) => kind !== 'Event')
    .map(({ kind, name: what, where }) => nameless(`${kind} ${what} in ${where}`))
  const { body } = await its.plane.call<{ conditions?: { type: string; status: string; reason: string }[] }>(
    'GET',
    tenant ? `/v1/tenants/${name}` : `/v1/cells/${unit?.id}`,
  )
  return {
    unit: tenant ? null : unit?.state,
    tenant: tenant && { state: tenant.state, published: tenant.published, limits: tenant.limits },
    conditions: body.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`).toSorted(),
    things: [...new Set(things)].toSorted(),
    answer: tenant ? (await asCustomer(its.estate.urls.edge, tenant.host, '/whoami')).status : undefined,
  }
}

/**
 * Lives a subject's life with one fault per operation; says what there was after each. Where a step failed for good before
 * the point of no return, everything is as it was before the operation until that is asked for again.
 */
async function live(subject: Subject, life: readonly OperationKind[], faultOf: (kind: OperationKind) => Fault | null) {
  const after = new Map<OperationKind, Dump>()
  let before: Pick<Dump, 'things' | 'answer'> = { things: [], answer: undefined }
  for (const kind of life) {
    const fault = faultOf(kind)
    const failed = await ask(kind, subject, fault ? [fault] : [])
    if (fault?.kind === 'fatal') {
      const { things, answer } = await dump(subject)
      if (canTurnBack(kind, fault.step))
        expect({ kind, fault, things, answer: before.answer && answer }).toEqual({ kind, fault, ...before })
      const { status, body } = await its.plane.call('POST', `/v1/operations/${failed}/retry`)
      expect({ status, body }).toMatchObject({ status: 202 })
      await follow(String(body['operationId']), [])
    }
    const now = await dump(subject)
    after.set(kind, now)
    before = { things: now.things, answer: now.answer }
  }
  return after
}

function canTurnBack(kind: OperationKind, step: string): boolean {
  const steps = KINDS[kind].steps.map((one) => one.step)
  const turning = steps.indexOf(KINDS[kind].pointOfNoReturn ?? '')
  return turning === -1 || steps.indexOf(step) < turning
}

/** The n-th place where a process can break; a process with fewer places begins again. */
function placeOf(kind: OperationKind, round: number): Omit<Fault, 'kind'> {
  const places = KINDS[kind].steps.flatMap(({ step }) => (['before', 'after'] as const).map((when) => ({ step, when })))
  return places[round % places.length] ?? { step: '', when: 'before' }
}
const rounds = (life: readonly OperationKind[]) =>
  Array.from({ length: Math.max(...life.map((kind) => KINDS[kind].steps.length * 2)) }, (_, round) => round).flatMap(
    (round) =>
      (['passing', 'fatal'] as const).map((kind) => ({
        round,
        kind,
        at: life.map((of) => Object.values(placeOf(of, round)).join(' ')).join(', '),
      })),
  )

describe.each([
  {
    what: 'a cell',
    life: CELL_LIFE,
    subject: (name: string): Subject => ({ name, cell: name }),
    sights: ['database <database> in product database cluster', 'Deployment ledger in namespace cell-<name>'],
  },
  {
    what: 'a tenant',
    life: TENANT_LIFE,
    subject: (name: string): Subject => ({ name, cell: HOME.cell }),
    sights: ['HTTPRoute tenant-<name> in namespace cell-home', 'EdgeRoute <host> in edge'],
  },
])('$what', ({ what, life, subject, sights }) => {
  const undisturbed = { after: new Map<OperationKind, Dump>() }
  const prefix = what.split(' ')[1] ?? ''
  beforeAll(async () => {
    undisturbed.after = await live(subject(`${prefix}-plain`), life, () => null)
  })

  test('what is compared sees what there is', () => {
    const [first, last] = [undisturbed.after.get(life[0]), undisturbed.after.get(life.at(-1) ?? life[0])]
    expect(first?.things).toEqual(expect.arrayContaining(sights))
    expect(last?.things).toEqual([])
  })

  test.concurrent.each(rounds(life))('comes to the same end after $kind faults: $at', async ({ round, kind }) => {
    const faulty = subject(`${prefix}-${kind}-${String.fromCodePoint(97 + round)}`)
    const after = await live(faulty, life, (of) => ({ ...placeOf(of, round), kind }))
    for (const of of life) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.after.get(of) })
  })
})

describe('the hands of the estate keep what the fakes of the workflow tests promise', () => handsSuite(() => hands))

test('what cannot be taken back is labelled, reported, and made good by a retry', async () => {
  const subject = { name: 'stuck', cell: HOME.cell }
  const failed = await ask('tenant.provision', subject, [
    { step: 'probe-serving', when: 'before', kind: 'fatal' },
    { step: 'undo-apply-route', when: 'before', kind: 'fatal' },
  ])
  const labelled = async () => {
    const config = new KubeConfig()
    config.loadFromFile(its.estate.credentials.kubeconfig('sweep'))
    const routes = {
      group: 'gateway.networking.k8s.io',
      version: 'v1',
      plural: 'httproutes',
      namespace: cellNames(HOME.cell).namespace,
    }
    const labelSelector = `steward.dev/quarantined=${failed}`
    const { items } = (await config
      .makeApiClient(CustomObjectsApi)
      .listNamespacedCustomObject({ ...routes, labelSelector })) as { items: unknown[] }
    return items.length
  }
  const told = async () => {
    const { body } = await its.plane.call<{ conditions: { type: string; status: string }[] }>(
      'GET',
      '/v1/tenants/stuck',
    )
    return body.conditions.find(({ type }) => type === 'Quarantined')?.status
  }
  expect([await labelled(), await told()]).toEqual([1, 'true'])
  const { body } = await its.plane.call('POST', `/v1/operations/${failed}/retry`)
  await follow(String(body['operationId']), [])
  expect(await told()).toBe('false')
})
