import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

const json = async <T = Record<string, unknown>>(line: string): Promise<T> => {
  const { code, out, err } = await plane.as(`${line} -o json`)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as T // what the test then compares
}
const table = async (line: string): Promise<string> => (await plane.as(line)).out

test('a quote: made, found, shown, accepted', async () => {
  const said = await table('quotes create acme --plan starter-shared --region local-1 --burst 80 --idempotency-key q-1')
  expect(said).toMatch(/^price\/month: +49\.00 EUR$/m)
  expect(said).toMatch(/^room: +room: The cell main has room for it$/m)
  expect(said).toMatch(/^takes: +no history yet$/m)
  const { id } = await json(
    'quotes create acme --plan starter-shared --region local-1 --burst 80 --idempotency-key q-1',
  )
  expect(said).toContain(`steward tenants create acme --quote ${String(id)} --wait`)
  for (const filter of ['--slug ac', '--plan starter-shared', '--region local-1', '--state open'])
    expect(await table(`quotes list ${filter}`)).toMatch(
      new RegExp(`^${String(id)} +acme +starter-shared +local-1`, 'm'),
    )
  expect(await table(`tenants create acme --quote ${String(id)} --dry-run`)).toMatch(/^price\/month: +49\.00 EUR$/m)
  const made = await json(`tenants create acme --quote ${String(id)} --name Acme`)
  expect(made['tenant']).toMatchObject({ slug: 'acme', quoteId: id, overrides: { burst: 80 } })
  expect(await table(`quotes get ${String(id)}`)).toMatch(/^state: +accepted$/m)
  expect(await table('tenants get acme')).toMatch(new RegExp(`^quote: +${String(id)}$`, 'm'))
  const again = await plane.as(`tenants create acme --quote ${String(id)}`)
  expect([again.code, again.err]).toEqual([5, expect.stringContaining('quote.accepted')])
})

test('a quote that is withdrawn makes no tenant', async () => {
  const { id } = await json('quotes create globex --plan trial-shared')
  expect(await table(`quotes get ${String(id)}`)).toMatch(/^trial: +14 days, then suspended$/m)
  expect(await table(`quotes withdraw ${String(id)}`)).toBe(`${String(id)} is withdrawn`)
  const refused = await plane.as(`tenants create globex --quote ${String(id)}`)
  expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('quote.withdrawn')])
})

test('an operation is shown outside by a link, which is listed and taken back', async () => {
  const { operationId } = await plane.customer('initech')
  const shared = await plane.as(`operations share ${operationId} --expires-in 12h`)
  expect(shared.out).toMatch(/\/status\/stl_[\w-]{43}$/)
  const [, share] = /unshare \S+ (\S+)$/.exec(shared.err) ?? []
  const page = await fetch(new URL(new URL(shared.out).pathname, plane.url), { headers: { accept: 'text/html' } })
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Setting up: initech')])
  expect(await table(`operations shares ${operationId} --limit 5`)).toMatch(new RegExp(`^${share} +live`, 'm'))
  expect(await table(`operations unshare ${operationId} ${share}`)).toBe(`${share} is revoked`)
  const gone = await fetch(new URL(new URL(shared.out).pathname, plane.url))
  expect([gone.status, await gone.json()]).toMatchObject([404, { code: 'status.not-found' }])
})
