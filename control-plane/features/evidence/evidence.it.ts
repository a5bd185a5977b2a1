import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { testSigner } from '../../../test/support/signer.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { CHECKS, judge, type Observation } from '../../domain/attestation.ts'
import { openDatabase, type Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { followsFromWhatWasSeen } from './evidence.record.ts'
import { recordIsolation } from './evidence.write.ts'

let api: TestApi
let worker: Database
const signer = testSigner()
const unit = { id: newId(), kind: 'cell', name: 'eu-1', region: 'local-1', product: 'ledger', version: '1.0.0' }
beforeAll(async () => {
  api = await testApi()
  worker = openDatabase({ url: api.database.url('steward_worker'), applicationName: 'test-worker' })
  await withClient(api.database.url(), async (client) => {
    await client.query(
      `insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', '{}')`,
    )
    for (const [id, name, state] of [
      [unit.id, unit.name, 'active'],
      [newId(), 'eu-2', 'creating'],
    ])
      await client.query(
        `insert into units (id, kind, name, region, state, product, version, capacity) values ($1, 'cell', $2, 'local-1', $3, 'ledger', '1.0.0', '{"tenants": 1, "requestsPerSecond": 1}')`,
        [id, name, state],
      )
  })
})
afterAll(async () => {
  await worker?.close()
  await api?.close()
})

const seen = (how: Observation['seen']): Observation[] => [
  {
    what: 'a pod',
    part: 'probe',
    expected: 'refused',
    guards: ['rbac'],
    seen: how,
    guard: how === 'refused' ? 'rbac' : null,
    said: 'x',
  },
]
const check = (id: keyof typeof CHECKS, how: Observation['seen']) => {
  const observations = seen(how)
  return { id, title: CHECKS[id], outcome: judge(observations), observations }
}
const measure = (operationId: string, ...checks: ReturnType<typeof check>[]) =>
  worker.transaction((tx) => recordIsolation(signer)(tx, { operationId, unit, checks }))
const ask = (name: string, options: Parameters<TestApi['call']>[2] = {}) =>
  api.call('POST', `/v1/units/${name}/attest`, options)
const conditions = async () => (await api.call('GET', `/v1/units/${unit.name}`)).body['conditions']

test('an attestation is asked for once, by who may, of a unit that is active', async () => {
  const first = await ask('eu-1', { headers: { 'idempotency-key': 'k' } })
  expect(first.status).toBe(202)
  expect(first.headers['location']).toBe(`/v1/operations/${String(first.body['operationId'])}`)
  expect((await ask('eu-1')).body).toMatchObject({ operationId: first.body['operationId'], merged: true })
  const viewer = await api.login('viewer')
  expect([
    (await ask('eu-1', viewer)).body['code'],
    (await ask('nowhere')).body['code'],
    (await ask('eu-2')).body['code'],
  ]).toEqual(['access.forbidden', 'unit.not-found', 'unit.not-attestable'])
  const { body } = await api.call('GET', '/v1/audit?action=unit.attest&outcome=succeeded')
  expect((body['items'] as { subject: string }[]).map(({ subject }) => subject)).toEqual([
    `unit:${unit.id}`,
    `unit:${unit.id}`,
  ])
})

test('what was seen is kept signed, once per operation, and says of the unit what it proves and no more', async () => {
  const operationId = newId()
  await measure(operationId, check('MTB-PL1-BC-HI-4', 'refused'), check('MTB-PL1-BC-HI-5', 'allowed'))
  await measure(operationId, check('MTB-PL1-BC-HI-4', 'refused')) // a repeat of the step changes nothing
  expect(await conditions()).toMatchObject([
    {
      type: 'Isolated',
      status: 'false',
      reason: 'ChecksFailed',
      message: expect.stringContaining('MTB-PL1-BC-HI-5') as string,
    },
  ])
  await measure(newId(), check('MTB-PL1-BC-HI-4', 'error'))
  expect(await conditions()).toMatchObject([{ status: 'unknown', reason: 'Inconclusive' }])
  await measure(newId(), check('MTB-PL1-BC-HI-4', 'refused'))
  expect(await conditions()).toMatchObject([{ status: 'true', reason: 'Attested' }])

  const { body } = await api.call('GET', '/v1/evidence?unit=eu-1')
  const items = body['items'] as { id: string; outcome: string; tally: object }[]
  expect(items.map(({ outcome }) => outcome)).toEqual(['pass', 'inconclusive', 'fail'])
  expect(items[2]?.tally).toEqual({ pass: 1, fail: 1, inconclusive: 0, 'not-enforced': 0, 'not-checked': 0 })
  const one = await api.call('GET', `/v1/evidence/${items[2]?.id}`)
  expect(one.body['verified']).toEqual({ signature: true, judgement: true })
  expect(JSON.parse(String(one.body['record']))).toMatchObject({ unit, operationId, outcome: 'fail' })
})

test('lists page by page and by outcome; unknown units and ids are named', async () => {
  const first = await api.call('GET', '/v1/evidence?limit=2')
  const second = await api.call('GET', `/v1/evidence?limit=2&cursor=${String(first.body['nextCursor'])}`)
  const outcomes = [first, second].flatMap(({ body }) =>
    (body['items'] as { outcome: string }[]).map(({ outcome }) => outcome),
  )
  expect(outcomes).toEqual(['pass', 'inconclusive', 'fail'])
  expect((await api.call('GET', '/v1/evidence?outcome=fail')).body['items']).toHaveLength(1)
  expect((await api.call('GET', '/v1/evidence?unit=nowhere')).body['code']).toBe('unit.not-found')
  expect((await api.call('GET', '/v1/evidence?outcome=perhaps')).status).toBe(400)
  expect((await api.call('GET', `/v1/evidence/${newId()}`)).body['code']).toBe('evidence.not-found')
})

test('a record that was touched is found out, and no serving login can touch one', async () => {
  const { body } = await api.call('GET', '/v1/evidence?outcome=fail')
  const [{ id } = { id: '' }] = body['items'] as { id: string }[]
  for (const role of ['steward_operator', 'steward_worker'] as const)
    await expect(
      withClient(api.database.url(role), (client) => client.query(`update evidence set outcome = 'pass'`)),
    ).rejects.toThrow('permission denied')
  const before = await api.call('GET', `/v1/evidence/${id}`)
  const record = String(before.body['record'])
  expect(followsFromWhatWasSeen(record.replace('"outcome":"fail"', '"outcome":"pass"'))).toBe(false)
  expect(followsFromWhatWasSeen('{}')).toBe(false)
  await withClient(api.database.url(), (client) =>
    client.query(`update evidence set record = replace(record, '"seen":"allowed"', '"seen":"refused"') where id = $1`, [
      id,
    ]),
  )
  const after = await api.call('GET', `/v1/evidence/${id}`)
  expect(after.body['verified']).toEqual({ signature: false, judgement: false })
})
