import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/
const place = async (line: string): Promise<string> => {
  const { code, out, err } = await plane.as(line)
  expect([code, err]).toEqual([0, ''])
  return UUID.exec(out)?.[0] ?? ''
}

test('a hold is placed, shown, and released by name when several lie on a tenant', async () => {
  await plane.customer('acme')
  const first = await place('tenants hold acme --reason matter-1')
  const refused = await plane.as('tenants decommission acme --yes')
  expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('tenant.on-hold')])
  const second = await place('tenants hold acme --reason matter-2 --until 2099-01-01T00:00:00Z --idempotency-key h-2')
  expect((await plane.as('tenants holds acme --limit 1')).out).toMatch(new RegExp(`${second} +in-force +matter-2`))
  const unclear = await plane.as('tenants release-hold acme --reason settled')
  expect([unclear.code, unclear.err]).toEqual([2, expect.stringContaining('2 holds lie on acme')])
  expect((await plane.as(`tenants release-hold acme ${first} --reason settled`)).out).toContain(first)
  expect((await plane.as('tenants release-hold acme --reason settled --idempotency-key r-2')).out).toContain(second)
  const none = await plane.as('tenants release-hold acme --reason settled')
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('no hold lies on acme')])
})

test('a hold that stops a removal says which', async () => {
  await plane.customer('globex')
  await plane.as('tenants decommission globex --yes')
  expect((await plane.as('tenants hold globex --reason matter-3')).out).toMatch(/its removal turns back: steward/)
})
