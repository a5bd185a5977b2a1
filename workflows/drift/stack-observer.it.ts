import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Difference } from '../../control-plane/domain/drift.ts'
import { recordDrift } from '../../control-plane/features/drift/drift.report.ts'
import { tenantFacts } from '../../control-plane/features/tenants/tenants.facts.ts'
import { tenantsFileOf } from '../../control-plane/features/tenants/tenants.publication.ts'
import { regionFacts, unitFacts } from '../../control-plane/features/units/units.facts.ts'
import { customers, type Customers } from '../../test/support/customers.ts'
import { fakeRegion } from '../../test/support/fake-region.ts'
import { fakeLog } from '../../test/support/operations.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'
import type { Stacks } from '../regions/stacks.ts'
import { observeNextStack, startStackObserver, type StackObserverDeps } from './stack-observer.ts'

/** Whose turn it is and what is kept; that an engine finds what somebody did is shown with an engine. */
let plane: Customers
let deps: StackObserverDeps
let looked: Parameters<Stacks['compare']>[0][]
let found: Difference[]
const { signal } = new AbortController()
beforeAll(async () => {
  plane = await customers()
})
beforeEach(async () => {
  const region = fakeRegion()
  looked = []
  found = []
  deps = {
    database: plane.worker,
    unitFacts,
    tenantFacts,
    regionFacts,
    tenantsFile: tenantsFileOf,
    handsOf: async () => region.hands,
    stacks: {
      compare: async (order) => {
        looked.push(order)
        return found
      },
    },
    logger: fakeLog().logger,
  }
  await plane.rows('delete from drift_scans')
  await plane.rows(`update units set state = 'retired' where state = 'active'`)
})
afterAll(() => plane.close())

async function stack(slug: string): Promise<{ id: string; unitId: string; epoch: number }> {
  const { id, unitId, operationId } = await plane.customer(slug, { plan: 'team-dedicated' })
  const built = `update units set access = $2, created_at = now() - interval '1 hour' where id = $1`
  await plane.rows(built, [unitId, JSON.stringify(REGION_SETTINGS)])
  const [row] = await plane.rows('select epoch::int from operations where id = $1', [operationId])
  return { id, unitId, epoch: Number(row?.['epoch']) }
}
const observe = (everyMs = 60_000) => observeNextStack(deps, everyMs, signal)
const drift = async (unit: string) => (await plane.call('GET', `/v1/units/${unit}/drift`)).body
const inSync = async (path: string) => {
  const { conditions } = (await plane.call('GET', path)).body as { conditions: { type: string; status: string }[] }
  return conditions.find(({ type }) => type === 'InSync')
}
const shrunk = (tenantId: string): Difference => ({
  what: 'changed',
  object: 'PostgresCluster acme-db',
  tenantId,
  path: 'standbys',
  wanted: '1',
  found: '0',
  protected: true,
})

test('what a stack is made of is said on unit and tenant, with its fields and what is protected, until it is good again', async () => {
  const { id, unitId, epoch } = await stack('acme')
  found = [shrunk(id)]
  expect(await observe(0)).toBe(unitId)
  expect(looked).toMatchObject([{ stack: 'acme', tenantId: id, plan: 'team-dedicated', connections: 30 }])
  expect(looked[0]?.epoch).toBe(2 * epoch + 1)
  expect(await drift('acme')).toMatchObject({
    observedAt: null,
    inSync: null,
    differences: [shrunk(id)],
    stack: { observedAt: expect.any(String), fault: null },
  })
  const said = { status: 'false', message: 'PostgresCluster acme-db (protected) standbys is 0 instead of 1' }
  expect(await inSync('/v1/units/acme')).toMatchObject(said)
  expect(await inSync('/v1/tenants/acme')).toMatchObject(said)
  found = []
  await observe(0)
  expect(await drift('acme')).toMatchObject({ differences: [] })
  for (const path of ['/v1/units/acme', '/v1/tenants/acme'])
    expect(await inSync(path)).toMatchObject({ status: 'true' })
})

test('what runs in it and what it is made of are found apart, and neither look makes the other forgotten', async () => {
  const { id, unitId } = await stack('both')
  const inside: Difference = {
    what: 'missing',
    object: 'Service ledger',
    tenantId: null,
    path: null,
    wanted: null,
    found: null,
  }
  found = [shrunk(id)]
  await observe(0)
  await plane.worker.transaction((tx) => recordDrift(tx, unitId, { inside: [inside] }))
  expect(await drift('both')).toMatchObject({ inSync: false, differences: [shrunk(id), inside] })
  await plane.worker.transaction((tx) => recordDrift(tx, unitId, { inside: [] }))
  expect(await drift('both')).toMatchObject({ inSync: false, differences: [shrunk(id)] })
  expect(await inSync('/v1/units/both')).toMatchObject({ status: 'false' })
})

test('many workers look at each once an interval, at no cell, at nothing not built, and not while an operation is at it', async () => {
  await plane.cell('no-stack')
  const { unitId } = await stack('counted')
  const unbuilt = await plane.customer('unbuilt', { plan: 'team-dedicated' })
  const turns = await Promise.all(Array.from({ length: 12 }, () => observe()))
  expect(turns.filter((one) => one !== undefined)).toEqual([unitId])
  expect(turns).not.toContain(unbuilt.unitId)
  const asked = await plane.call('POST', '/v1/units/counted/attest')
  expect(await observe(0)).toBeUndefined()
  await plane.rows('update drift_scans set stack_due_at = now()')
  expect(await observe(0)).toBeUndefined()
  await plane.finish(asked.body['operationId'])
  expect(await observe(0)).toBe(unitId)
})

test('one that was just built is not looked at before it has stood for an interval', async () => {
  const { unitId } = await stack('fresh')
  await plane.rows(`update units set created_at = now() where id = $1`, [unitId])
  expect(await observe(60_000)).toBeUndefined()
  await plane.rows(`update units set created_at = now() - interval '61 seconds' where id = $1`, [unitId])
  expect(await observe(60_000)).toBe(unitId)
})

test('nothing is kept of a look during which an operation was at work, not even why it failed', async () => {
  const { id, unitId } = await stack('busy')
  for (const outcome of ['found', 'refused'] as const) {
    deps.stacks = {
      compare: async () => {
        await plane.finish((await plane.call('POST', '/v1/units/busy/attest')).body['operationId'])
        if (outcome === 'refused') throw new Error('a newer operation has acted')
        return [shrunk(id)]
      },
    }
    expect(await observe(0)).toBe(unitId)
    expect(await drift('busy')).toMatchObject({ differences: [], stack: null })
  }
})

test('one that cannot be looked at says why, and what was known stays', async () => {
  const { id } = await stack('away')
  found = [shrunk(id)]
  await observe(0)
  deps.stacks = {
    compare: async () => {
      throw new Error('the target does not answer')
    },
  }
  await observe(0)
  expect(await drift('away')).toMatchObject({
    differences: [shrunk(id)],
    stack: { observedAt: expect.any(String), fault: 'the target does not answer' },
  })
})

test('it looks by itself, stops amid a look, and never looks where it is told not to', async () => {
  await stack('looped')
  const never = startStackObserver(deps, 0)
  await never.stop()
  expect(looked).toEqual([])
  const begun = Promise.withResolvers<void>()
  deps.stacks = {
    compare: (_order, { signal: ending }) =>
      new Promise((_resolve, reject) => {
        ending.addEventListener('abort', () => reject(ending.reason))
        begun.resolve()
      }),
  }
  const observer = startStackObserver(deps, 1)
  await begun.promise
  await observer.stop()
  expect(await drift('looped')).toMatchObject({ stack: null })
})
