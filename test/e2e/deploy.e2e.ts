import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'
import { steadyTraffic } from '../support/steady-traffic.ts'

let its: TestEstate
const CELL = 'roller'
const HOST = 'steady.localhost'

beforeAll(async () => {
  its = await testEstate()
  await createCell(its.plane, CELL)
  const { body } = await its.plane.call('POST', '/v1/tenants', { body: { slug: 'steady', plan: 'team-shared' } })
  await its.plane.settle(String(body['operationId']))
})
afterAll(async () => its?.remove())

const as = (path: string, body?: unknown) =>
  asCustomer(its.estate.urls.edge, HOST, path, body === undefined ? {} : { method: 'POST', body })
const ask = (version: string) => its.plane.call('POST', `/v1/units/${CELL}/deploy`, { body: { version } })
async function deploy(version: string, expected: 'succeeded' | 'failed' = 'succeeded') {
  const { status, body } = await ask(version)
  expect({ status, body }).toMatchObject({ status: 202 })
  return its.plane.settle(String(body['operationId']), expected)
}
const serving = async () => (JSON.parse((await as('/whoami')).body) as { version: string }).version
const unit = async () => (await its.plane.call('GET', `/v1/units/${CELL}`)).body
const account = async (name: string): Promise<string> => {
  const { status, body } = await as('/accounts', { name, kind: 'asset', currency: 'EUR' })
  expect({ status, body }).toMatchObject({ status: 201 })
  return (JSON.parse(body) as { id: string }).id
}
/** An entry as 1.1.0 takes it: with the customer's own reference, which 1.0.0 does not know. */
const bookWithReference = (from: string, to: string) =>
  as('/entries', {
    description: 'rent',
    reference: 'R-1',
    postings: [
      { accountId: from, amountMinor: 500 },
      { accountId: to, amountMinor: -500 },
    ],
  })
const migrations = async () => {
  const at = new URL((await readFile(its.estate.credentials.url('products-admin'), 'utf8')).trim())
  at.pathname = '/cell_roller'
  return withClient(at.href, async (client) =>
    (await client.query<{ name: string }>('select name from schema_migrations order by name')).rows.map(
      ({ name }) => name,
    ),
  )
}

test('a unit moves to 1.1.0 and back while customers are served, and no request fails', async () => {
  expect(await serving()).toBe('1.0.0')
  const [cash, rent] = [await account('Cash'), await account('Rent')]
  expect((await bookWithReference(cash, rent)).status).toBe(400)
  const traffic = steadyTraffic(() => as('/accounts'))

  const forward = await deploy('1.1.0')
  expect(forward.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
    'check-release succeeded',
    'expand-database succeeded',
    'roll-pods succeeded',
    'verify-version succeeded',
  ])
  expect([await serving(), (await bookWithReference(cash, rent)).status]).toEqual(['1.1.0', 201])
  expect(await unit()).toMatchObject({ version: '1.1.0', confirmedVersion: '1.1.0', state: 'active' })
  expect(await migrations()).toEqual(['0001_accounts_and_entries.expand.sql', '0002_entry_references.expand.sql'])
  expect((await ask('1.1.0')).status).toBe(200)

  await deploy('1.0.0')
  expect([await serving(), (await bookWithReference(cash, rent)).status]).toEqual(['1.0.0', 400])
  expect(await migrations()).toHaveLength(2)

  const { answered, failures } = await traffic.stop()
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThan(200)
})

test('what cannot succeed fails with its reason, and the version before serves all the while', async () => {
  for (const [version, schema] of [
    ['1.2.0-bad-migration', 3],
    ['7.0.0', 4],
  ] as const)
    await its.plane.call('POST', '/v1/products/ledger/versions', { body: { version, schema, rollbackTo: 1 } })
  const traffic = steadyTraffic(() => as('/accounts'))
  const hopeless = await deploy('1.2.0-bad-migration', 'failed')
  expect(hopeless.error).toMatchObject({
    code: 'migration.impossible',
    message: expect.stringContaining('column "fiscal_year" does not exist'),
  })
  const missing = await deploy('7.0.0', 'failed')
  expect(missing.error).toMatchObject({
    code: 'release.image-missing',
    message: expect.stringContaining('ledger:7.0.0'),
  })
  expect(missing.steps.filter(({ state }) => state !== 'pending').map(({ step }) => step)).toEqual(['check-release'])
  expect(await unit()).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0', state: 'active' })
  expect(await serving()).toBe('1.0.0')
  expect((await traffic.stop()).failures).toEqual([])
  const conditions = (await unit())['conditions'] as { type: string; status: string; reason: string }[]
  expect(conditions.find(({ type }) => type === 'Deployed')).toMatchObject({ status: 'false', reason: 'DeployFailed' })
})

test('a deployment that is cancelled while pods are replaced brings the version before back', async () => {
  await its.plane.call('POST', '/v1/products/ledger/versions', {
    body: { version: '1.1.1-errors', schema: 2, rollbackTo: 1 },
  })
  const { body } = await ask('1.1.1-errors')
  const operationId = String(body['operationId'])
  const rolling = async () => {
    for (;;) {
      const { body: now } = await its.plane.call<{ steps: { step: string; state: string }[] }>(
        'GET',
        `/v1/operations/${operationId}`,
      )
      if (now.steps.some(({ step, state }) => step === 'roll-pods' && state === 'running')) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await rolling()
  await its.plane.call('POST', `/v1/operations/${operationId}/cancel`)
  await its.plane.settle(operationId, 'cancelled')
  expect(await serving()).toBe('1.0.0')
  expect(await unit()).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0' })
  const conditions = (await unit())['conditions'] as { type: string; status: string; reason: string }[]
  expect(conditions.find(({ type }) => type === 'Deployed')).toMatchObject({ status: 'false', reason: 'Cancelled' })
})
