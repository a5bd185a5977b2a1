import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { customers, type Customers } from '../../test/support/customers.ts'
import { fakeRegion } from '../../test/support/fake-region.ts'
import { fakeLog } from '../../test/support/operations.ts'
import type { Difference } from '../../control-plane/domain/drift.ts'
import { tenantFacts } from '../../control-plane/features/tenants/tenants.facts.ts'
import { tenantsFileOf } from '../../control-plane/features/tenants/tenants.publication.ts'
import { regionFacts, unitFacts } from '../../control-plane/features/units/units.facts.ts'
import { observeNext, startObserver, type ObserverDeps } from './observer.ts'

/** Who compares what, and what is said about it; that the comparison itself is right is shown on a real API server. */
let plane: Customers
let region: ReturnType<typeof fakeRegion>
let deps: ObserverDeps
let compared: string[]
const { signal } = new AbortController()
beforeAll(async () => {
  plane = await customers()
})
beforeEach(async () => {
  region = fakeRegion()
  compared = []
  const { compare } = region.hands.drift
  const drift = {
    ...region.hands.drift,
    compare: async (...args: Parameters<typeof compare>) => {
      compared.push(args[0].unitId)
      return compare(...args)
    },
  }
  deps = {
    database: plane.worker,
    unitFacts,
    tenantFacts,
    regionFacts,
    tenantsFile: tenantsFileOf,
    handsOf: async () => ({ ...region.hands, drift }),
    logger: fakeLog().logger,
  }
  await plane.rows('delete from drift_scans')
  await plane.rows(`update units set state = 'retired' where state = 'active'`)
})
afterAll(() => plane.close())

const changed: Difference = {
  what: 'changed',
  object: 'Deployment cell-a/ledger',
  tenantId: null,
  path: 'spec.replicas',
  wanted: '2',
  found: '5',
}
/** The region as the operations on it would have left it, but for what the test did to it. */
async function asOperated(): Promise<void> {
  const { tenantsFiles, edge } = region.world
  for (const { id } of await plane.rows(`select id from units where state = 'active'`)) {
    const file = await plane.worker.transaction((tx) => tenantsFileOf(tx, String(id)))
    tenantsFiles.set(`cell-${file.unit}/tenants`, file)
    for (const { id: tenant, hosts } of file.tenants)
      for (const host of hosts)
        edge.set(host, { host, tenant, unit: file.unit, target: 'gateway', epoch: 1, closed: false })
  }
}
async function observe(everyMs = 60_000) {
  await asOperated()
  return observeNext(deps, everyMs, signal)
}
const drift = async (unit: string) => (await plane.call('GET', `/v1/units/${unit}/drift`)).body
const inSync = async (path: string) => {
  const { conditions } = (await plane.call('GET', path)).body as { conditions: { type: string; status: string }[] }
  return conditions.find(({ type }) => type === 'InSync')
}

test('what differs is kept with its exact fields and said on the unit; what is good again, too', async () => {
  const unitId = await plane.cell('watched')
  expect(await drift('watched')).toEqual({
    unit: 'watched',
    observedAt: null,
    inSync: null,
    differences: [],
    repair: null,
    fault: null,
    stack: null,
  })
  region.world.meddled.set(unitId, [changed])
  expect(await observe(0)).toBe(unitId)
  expect(await drift('watched')).toMatchObject({
    inSync: false,
    differences: [changed],
    observedAt: expect.any(String),
  })
  expect(await inSync('/v1/units/watched')).toMatchObject({
    status: 'false',
    reason: 'Drifted',
    message: 'Deployment cell-a/ledger spec.replicas is 5 instead of 2',
  })
  region.world.meddled.clear()
  await observe(0)
  expect(await drift('watched')).toMatchObject({ inSync: true, differences: [] })
  expect(await inSync('/v1/units/watched')).toMatchObject({ status: 'true' })
})

test('a tenant hears of its own objects only', async () => {
  const unitId = await plane.cell('shared')
  const [theirs, others] = [await plane.customer('drifter'), await plane.customer('bystander')]
  region.world.meddled.set(unitId, [
    changed,
    { ...changed, what: 'missing', object: 'HTTPRoute x', tenantId: theirs.id, path: null },
  ])
  await observe(0)
  expect(await inSync('/v1/tenants/drifter')).toMatchObject({ status: 'false', message: 'HTTPRoute x is gone' })
  expect(await inSync(`/v1/tenants/${others.slug}`)).toBeUndefined()
  region.world.meddled.clear()
  await observe(0)
  expect(await inSync('/v1/tenants/drifter')).toMatchObject({ status: 'true' })
})

test('many workers share the units: each is compared once an interval', async () => {
  const cells = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => plane.cell(`many-${name}`)))
  const turns = await Promise.all(Array.from({ length: 30 }, () => observe()))
  for (let turn = 0; turn < 10; turn++) turns.push(await observe())
  expect(turns.filter((id) => id !== undefined).toSorted()).toEqual(cells.toSorted())
  expect(compared.toSorted()).toEqual(cells.toSorted())
})

test('a unit that an operation works on is left alone, and nothing is kept of one that was worked on meanwhile', async () => {
  const unitId = await plane.cell('busy')
  for (const [url, body] of [
    ['/v1/units/busy/deploy', { version: '1.1.0' }],
    ['/v1/units/busy/reconcile', undefined],
    ['/v1/units/busy/attest', undefined],
  ] as const) {
    const asked = await plane.call('POST', url, body ? { body } : {})
    expect(await observe(0)).toBeUndefined()
    await plane.finish(asked.body['operationId'])
  }
  const tenant = await plane.customer('mover')
  const asked = await plane.call('POST', `/v1/tenants/${tenant.slug}/suspend`)
  expect(await observe(0)).toBeUndefined()
  await plane.finish(asked.body['operationId'])
  region.world.meddled.set(unitId, [changed])
  const { handsOf } = deps
  deps.handsOf = async (of) => {
    await plane.finish((await plane.call('POST', `/v1/tenants/${tenant.slug}/resume`)).body['operationId'])
    return handsOf(of)
  }
  expect(await observe(0)).toBe(unitId)
  expect(await drift('busy')).toMatchObject({ observedAt: null, inSync: null })
})

test('a cluster that cannot be asked is said, and what was known stays', async () => {
  await plane.cell('unreachable')
  await observe(0)
  deps.handsOf = async () => {
    throw new Error('the API server does not answer')
  }
  await observe(0)
  expect(await drift('unreachable')).toMatchObject({ inSync: true, fault: 'the API server does not answer' })
})

test('it goes on by itself, at most so many a minute, and stops at once', async () => {
  await plane.cell('looped')
  const observer = startObserver(deps, 6000, 0)
  await expect.poll(() => compared.length).toBeGreaterThan(2)
  await observer.stop()
  const seen = compared.length
  await observe(60_000)
  expect(compared.length - seen).toBeLessThanOrEqual(1)
  const slow = startObserver(deps, 1, 0)
  const began = performance.now()
  await slow.stop()
  expect(performance.now() - began).toBeLessThan(5000)
})

test('an unknown unit is 404, a viewer may look', async () => {
  expect((await plane.call('GET', '/v1/units/nowhere/drift')).body['code']).toBe('unit.not-found')
  expect((await plane.call('GET', '/v1/units/No%20Name/drift')).status).toBe(400)
  await plane.cell('looked-at')
  const { token } = await plane.login('viewer')
  expect((await plane.call('GET', '/v1/units/looked-at/drift', { token })).status).toBe(200)
})

test('what is not in the cluster is seen, too: the database, the tenants file, the route at the edge', async () => {
  const unitId = await plane.cell('complete')
  const tenant = await plane.customer('customer')
  await asOperated()
  const { tenantsFiles, edge, meddled } = region.world
  const [key, file] = [...tenantsFiles].find(([name]) => name === 'cell-complete/tenants') ?? []
  if (key === undefined || file === undefined) throw new Error('the cell has no tenants file')
  tenantsFiles.set(key, { ...file, tenants: file.tenants.map((one) => ({ ...one, state: 'suspended' as const })) })
  edge.delete('customer.localhost')
  meddled.set('cell_complete', [{ ...changed, object: 'role cell_complete_app', path: 'connection limit' }])
  expect(await observeNext(deps, 0, signal)).toBe(unitId)
  expect(await drift('complete')).toMatchObject({
    inSync: false,
    differences: [
      {
        object: 'ConfigMap cell-complete/tenants',
        path: 'data["tenants.json"].tenants[customer].state',
        tenantId: tenant.id,
      },
      { object: 'EdgeRoute customer.localhost', what: 'missing', tenantId: tenant.id },
      { object: 'role cell_complete_app', path: 'connection limit' },
    ],
  })
})

test('limits that an update has still to bring to the unit are no drift, but those that somebody else brought are', async () => {
  const unitId = await plane.cell('patient')
  await plane.customer('growing')
  await asOperated()
  const asked = await plane.call('PATCH', '/v1/tenants/growing', { body: { limits: { burst: 77 } } })
  await plane.rows(`update operations set state = 'queued', admitted_at = null, epoch = null where id = $1`, [
    asked.body['operationId'],
  ])
  expect(await observeNext(deps, 0, signal)).toBe(unitId)
  expect(await drift('patient')).toMatchObject({ inSync: true, differences: [] })
  const { tenantsFiles } = region.world
  const file = tenantsFiles.get('cell-patient/tenants')
  if (!file) throw new Error('no tenants file of patient')
  const raised = file.tenants.map((one) => ({ ...one, limits: { ...one.limits, burst: 77 } }))
  tenantsFiles.set('cell-patient/tenants', { ...file, tenants: raised })
  expect(await observeNext(deps, 0, signal)).toBe(unitId)
  expect(await drift('patient')).toMatchObject({ inSync: false, differences: [{ what: 'changed', found: '77' }] })
})
