import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { claim, type SweepPlace, SWEEP_PLACES, type Trace } from '../../control-plane/domain/orphan.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { regionFacts } from '../../control-plane/features/units/units.facts.ts'
import { customers, type Customers } from '../../test/support/customers.ts'
import { fakeRegion } from '../../test/support/fake-region.ts'
import { fakeLog } from '../../test/support/operations.ts'
import { sweepRegion, type SweepDeps } from './sweep-region.ts'
import { startOrphanSweeper, sweepNext } from './sweeper.ts'

/** What becomes of what a sweep finds; that each part of a region is searched well is shown on real servers. */
let plane: Customers
let region: ReturnType<typeof fakeRegion>
let deps: SweepDeps
let log: ReturnType<typeof fakeLog>
const { signal } = new AbortController()
beforeAll(async () => {
  plane = await customers()
})
beforeEach(async () => {
  region = fakeRegion()
  log = fakeLog()
  deps = { database: plane.worker, regionFacts, handsOf: async () => region.hands, logger: log.logger }
  await plane.rows('delete from orphans')
  await plane.rows('delete from orphan_sweeps')
})
afterAll(() => plane.close())

type Shown = { id: string; state: string; name: string; place: string; owner: string; firstSeenAt: string }
const sweep = (ageMs = 0) => sweepRegion(deps, 'local-1', ageMs, signal)
const shown = async (state = 'reported') =>
  (await plane.call('GET', `/v1/orphans?state=${state}`)).body['items'] as Shown[]
const names = async (state?: string) => (await shown(state)).map(({ name }) => name).toSorted()
const ghost = (name: string, ...of: string[]): Trace => ({ kind: 'Thing', name, where: 'somewhere', of })
const plant = (place: SweepPlace, ...traces: Trace[]) => void (region.world.traces[place] = traces)
const GHOST = '00000000-0000-7000-8000-000000000099'

test('one of each sort is suspected when it is seen first, and reported when it is seen again', async () => {
  for (const place of SWEEP_PLACES) plant(place, ghost(`in ${place}`, claim.unit(GHOST)))
  expect(await sweep()).toBe(SWEEP_PLACES.length)
  expect(await names()).toEqual([])
  expect(await names('suspected')).toHaveLength(SWEEP_PLACES.length)
  await sweep()
  expect(await names()).toEqual(SWEEP_PLACES.map((place) => `in ${place}`).toSorted())
  expect((await shown()).every(({ owner }) => owner === `unknown (unit:${GHOST})`)).toBe(true)
})

test('what is younger than it must be is only suspected, however often it is seen, and leaves no trace when it goes', async () => {
  plant('edge', ghost('young', claim.unitName('nobody')))
  for (let look = 0; look < 3; look++) await sweep(60_000)
  expect([await names(), await names('suspected')]).toEqual([[], ['young']])
  plant('edge')
  await sweep(60_000)
  expect([await names('suspected'), await names('gone')]).toEqual([[], []])
})

test('nothing of living tenants and units is reported, nor of what an operation is making or removing', async () => {
  const unitId = await plane.cell('home')
  const tenant = await plane.customer('acme')
  const { database, appRole } = unitNames('cell', 'home')
  const own = await plane.call('POST', '/v1/tenants', { body: { slug: 'making', plan: 'team-dedicated' } })
  const making = own.body['tenant'] as { id: string; unit: { id: string } }
  plant('cluster', ghost('a', claim.unit(unitId), claim.tenant(tenant.id)), ghost('b', claim.unit(making.unit.id)))
  plant('databases', ghost(database, claim.sql(database)), ghost(appRole, claim.sql(appRole)))
  plant('edge', ghost('acme.localhost', claim.unitName('home'), claim.tenant(tenant.id)))
  plant('resources', ghost('making-db', claim.stack('making')))
  plant('exports', ghost('k', claim.export(`${making.id}/${String(own.body['operationId'])}`)))
  await sweep()
  await sweep()
  expect([await names(), await names('suspected')]).toEqual([[], []])
  await plane.finish(own.body['operationId'], 'failed')
  await sweep()
  await sweep()
  expect(await names()).toEqual(['k']) // a failed unit is still there to be retried; an export without its record is not
})

test('what a removed tenant left says whose it was', async () => {
  await plane.cell('other')
  const { id } = await plane.customer('globex')
  await plane.rows(`update tenants set state = 'decommissioned' where id = $1`, [id])
  plant('cluster', ghost('left', claim.tenant(id)))
  await sweep()
  await sweep()
  expect(await shown()).toMatchObject([{ name: 'left', owner: 'tenant globex (decommissioned)', place: 'cluster' }])
})

test('what disappears is gone, and what comes back begins anew', async () => {
  plant('edge', ghost('coming', claim.unitName('nobody')))
  await sweep()
  await sweep()
  const [first] = await shown()
  plant('edge')
  await sweep()
  expect(await shown('gone')).toMatchObject([{ id: first?.id, name: 'coming' }])
  expect(await names()).toEqual([])
  const late = await plane.call('POST', `/v1/orphans/${first?.id}/keep`, { body: { reason: 'too late' } })
  expect([late.status, late.body['code']]).toEqual([409, 'orphan.gone'])
  plant('edge', ghost('coming', claim.unitName('nobody')))
  await sweep()
  expect(await names('suspected')).toEqual(['coming'])
  await sweep()
  expect(await names()).toEqual(['coming'])
})

test('what somebody keeps is reported no more, on record, and only by who may', async () => {
  plant('databases', ghost('check_copy', claim.sql('check_copy')))
  await sweep()
  await sweep()
  const [{ id } = { id: '' }] = await shown()
  const { token } = await plane.login('viewer')
  const reason = 'copy for a ticket'
  const refused = await plane.call('POST', `/v1/orphans/${id}/keep`, { token, body: { reason } })
  expect(refused.status).toBe(403)
  expect((await plane.call('GET', `/v1/orphans/${id}`, { token })).body).toMatchObject({ state: 'reported' })
  for (const body of [{}, { reason: ' ' }, { reason: 'because', state: 'gone' }])
    expect((await plane.call('POST', `/v1/orphans/${id}/keep`, { body })).status).toBe(400)
  expect((await plane.call('POST', `/v1/orphans/${id}/keep`, { body: { reason } })).body).toMatchObject({
    state: 'kept',
    keptReason: reason,
  })
  await sweep()
  expect([await names(), await names('kept')]).toEqual([[], ['check_copy']])
  plant('databases')
  await sweep()
  expect(await names('gone')).toEqual(['check_copy'])
  const audit = await plane.rows(`select action, subject, outcome from audit_events where action = 'orphan.keep'`)
  expect(audit).toEqual([{ action: 'orphan.keep', subject: `orphan:${id}`, outcome: 'succeeded' }])
})

test('a part that cannot be searched is told, and nothing of it counts as gone', async () => {
  for (const place of ['edge', 'databases'] as const) plant(place, ghost(`in ${place}`, claim.unit(GHOST)))
  await sweep()
  await sweep()
  region.world.traces.edge = new Error('the edge does not answer')
  plant('databases')
  await sweep()
  expect([await names(), await names('gone')]).toEqual([['in edge'], ['in databases']])
  const [row] = await plane.rows(`select faults from orphan_sweeps where region = 'local-1'`)
  expect(row).toEqual({ faults: { edge: 'the edge does not answer' } })
  expect(log.lines.map(({ event }) => event)).toContain('orphans.not-searched')
})

test('unknown ids and words are refused', async () => {
  const unknown = await plane.call('GET', `/v1/orphans/${GHOST}`)
  expect([unknown.status, unknown.body['code']]).toEqual([404, 'orphan.not-found'])
  expect((await plane.call('GET', '/v1/orphans?state=lost')).status).toBe(400)
  expect((await plane.call('GET', '/v1/orphans/ghost')).status).toBe(400)
})

test('many workers share the regions: each is swept once an interval; 0 is never', async () => {
  const times = { everyMs: 60_000, ageMs: 0 }
  const turns = await Promise.all(Array.from({ length: 12 }, () => sweepNext(deps, times, signal)))
  for (let turn = 0; turn < 4; turn++) turns.push(await sweepNext(deps, times, signal))
  expect(turns.filter((one) => one !== undefined).toSorted()).toEqual(['local-1', 'local-2'])
  await plane.rows('delete from orphan_sweeps')
  const never = startOrphanSweeper(deps, { everyMs: 0, ageMs: 0 })
  await never.stop()
  expect(await plane.rows('select 1 from orphan_sweeps')).toEqual([])
})

test('what an open move has made is known, and what an ended one left is reported with whose it was', async () => {
  await plane.cell('moving-from')
  const { id: tenantId } = await plane.customer('mover')
  const { body } = await plane.call('POST', '/v1/tenants/mover/move', { body: { plan: 'team-private' } })
  const [move] = await plane.rows('select id from moves where tenant_id = $1', [tenantId])
  plant('databases', ghost('steward_move_x_out', claim.move(String(move?.['id']))))
  for (const _ of ['once', 'again']) await sweep()
  expect(await names()).toEqual([])
  await plane.rows(`update moves set state = 'aborted', ended_at = now() where tenant_id = $1`, [tenantId])
  await plane.finish(body['operationId'], 'failed')
  for (const _ of ['once', 'again']) await sweep()
  expect(await shown()).toMatchObject([{ name: 'steward_move_x_out', owner: 'move of mover (aborted)' }])
})
