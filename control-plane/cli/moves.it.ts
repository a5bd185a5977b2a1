import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { movesStore } from '../features/moves/moves.store.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/
/** Asks for a move, switches it and ends its operation as the worker does. */
async function moved(slug: string, more = ''): Promise<string> {
  await plane.customer(slug)
  const { code, out, err } = await plane.as(`tenants move ${slug} --plan team-private ${more}`)
  expect([code, err]).toEqual([0, ''])
  const { out: list } = await plane.as(`moves list --tenant ${slug} --state moving --limit 1`)
  const id = UUID.exec(list)?.[0] ?? ''
  await plane.worker.transaction(async (tx) => {
    await movesStore.place(tx, id, 'target')
    await movesStore.noteReport(tx, id, { freezeMs: 123, rowsVerified: 4567 })
  })
  await plane.finish(UUID.exec(out)?.[0])
  return id
}

test('a move is asked for, shown by its tenant with what was measured, and taken back', async () => {
  const id = await moved('acme', '--soak-minutes 30 --burst 50 --idempotency-key m-1 --if-match 1')
  const { out } = await plane.as('moves get acme')
  expect(out).toMatch(/state: +soaking/)
  expect(out).toMatch(/freeze: +123 ms/)
  expect(out).toMatch(/rows verified: 4567/)
  expect(out).toMatch(/old place: +cell main/)
  expect(out).toContain(id)
  const aborting = await plane.as('moves abort acme --idempotency-key a-1')
  expect([aborting.code, aborting.err]).toEqual([0, ''])
  expect(UUID.exec(aborting.out)?.[0]).toBeDefined()
})

test('what ends the way back asks for a yes, and what cannot be is refused by its code', async () => {
  await moved('globex')
  const unsure = await plane.as('moves retire globex')
  expect([unsure.code, unsure.err]).toEqual([2, expect.stringContaining('--yes')])
  expect((await plane.as('moves retire globex --yes --idempotency-key r-1')).code).toBe(0)
  const never = await plane.as('moves get initech')
  expect([never.code, never.err]).toEqual([4, expect.stringContaining('initech has no move')])
  const again = await plane.as('tenants move globex --plan team-shared')
  expect([again.code, again.err]).toEqual([5, expect.stringContaining('move.open')])
  const update = await plane.as('tenants update globex --plan team-shared')
  expect([update.code, update.err]).toEqual([
    5,
    expect.stringContaining('steward tenants move globex --plan team-shared'),
  ])
  const longer = await plane.as('tenants move globex --plan team-shared --soak-minutes -1')
  expect(longer.code).toBe(2)
})
