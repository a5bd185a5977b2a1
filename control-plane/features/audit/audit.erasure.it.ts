import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'
import { verifyExports } from '../../proof/verify-export.ts'
import { createAuditAppend } from './audit.service.ts'
import { verifyStream } from './audit.verify.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())

const append = (subject: string, tenantId: string | null, personal: Record<string, string>) =>
  api.operator.transaction((tx) =>
    createAuditAppend({ clock: api.clock })(tx, {
      stream: tenantId === null ? 'installation' : `tenant:${tenantId}`,
      tenantId,
      actor: null,
      action: 'tenant.update',
      subject,
      outcome: 'succeeded',
      detail: {},
      personal,
    }),
  )
const erase = (body: Record<string, unknown>, token?: string) =>
  api.call('POST', '/v1/audit/erasures', { body, ...(token === undefined ? {} : { token }) })
const values = async () => {
  const { rows } = await withClient(api.database.url(), (client) =>
    client.query('select plain from audit_personal order by plain'),
  )
  return (rows as { plain: string }[]).map(({ plain }) => plain)
}
const exportVerdict = async () => {
  const { text } = await api.call('GET', '/v1/audit/export')
  async function* lines() {
    yield text.split('\n').slice(0, -1)
  }
  return { text, verdict: await verifyExports([{ name: 'x', lines: lines() }]) }
}

test('a person is erased by operator, by tenant or by value; chain and exports still verify', async () => {
  const [operator, tenant, other] = [newId(), newId(), newId()]
  await append(`operator:${operator}`, null, { name: 'Olga', email: 'olga@steward.example' })
  await append(`tenant:${tenant}`, tenant, { contact: 'ada@acme.example', notes: 'likes tea' })
  await append(`tenant:${other}`, other, { contact: 'Ada@Acme.example' })
  await append(`tenant:${other}`, other, { contact: 'bob@globex.example' })
  const reason = 'request 4711'
  expect((await erase({ operator, reason })).body).toEqual({ events: 1, values: 2 })
  expect((await erase({ value: 'ada@acme.example', reason })).body).toEqual({ events: 2, values: 2 })
  expect(await values()).toEqual(['bob@globex.example', 'likes tea'])
  expect((await erase({ tenant, reason })).body).toEqual({ events: 1, values: 1 })
  expect((await erase({ tenant, reason })).body).toEqual({ events: 0, values: 0 })
  for (const stream of ['installation', `tenant:${tenant}`, `tenant:${other}`])
    expect(await verifyStream(api.operator, stream)).toMatchObject({ intact: true })
  const { text, verdict } = await exportVerdict()
  expect(verdict).toMatchObject({ intact: true })
  expect(text).not.toMatch(/olga|ada@|likes tea/i)
  const found = (await api.call('GET', '/v1/audit?action=audit.erase')).body['items']
  expect(found).toMatchObject([
    { subject: `tenant:${tenant}`, stream: `tenant:${tenant}`, detail: { values: 0, fields: [], reason } },
    { subject: `tenant:${tenant}`, detail: { values: 1, fields: ['notes'] } },
    { subject: 'installation', detail: { events: 2, values: 2, fields: ['contact'], reason } },
    { subject: `operator:${operator}`, stream: 'installation', detail: { fields: ['email', 'name'] } },
  ])
})

test('ids in capitals name the same operator and the same tenant', async () => {
  const [operator, tenant] = [newId(), newId()]
  await append(`operator:${operator}`, null, { name: 'Olga' })
  await append(`tenant:${tenant}`, tenant, { contact: 'ada' })
  for (const named of [{ operator: operator.toUpperCase() }, { tenant: tenant.toUpperCase() }])
    expect((await erase({ ...named, reason: 'request 4712' })).body).toEqual({ events: 1, values: 1 })
  const found = (await api.call('GET', '/v1/audit?action=audit.erase&limit=2')).body['items']
  expect(found).toMatchObject([
    { subject: `tenant:${tenant}`, stream: `tenant:${tenant}` },
    { subject: `operator:${operator}`, stream: 'installation' },
  ])
})

test.each([
  [{ reason: 'request 1' }, 422, 'audit.nobody-named'],
  [{ operator: newId(), value: 'ada', reason: 'request 1' }, 422, 'audit.nobody-named'],
  [{ value: 'ada' }, 400, 'request.invalid'],
  [{ value: '', reason: 'request 1' }, 400, 'request.invalid'],
  [{ operator: 'olga', reason: 'request 1' }, 400, 'request.invalid'],
  [{ value: 'ada', reason: 'request 1', all: true }, 400, 'request.invalid'],
])('%j erases nothing', async (body, status, code) => {
  await append('tenant:x', null, { contact: 'ada' })
  const before = await values()
  const answer = await erase(body)
  expect([answer.status, answer.body['code']]).toEqual([status, code])
  expect(await values()).toEqual(before)
})

test('only an administrator erases, and the login of the API cannot but through the one function', async () => {
  for (const role of ['sre', 'viewer'] as const) {
    const { token } = await api.login(role)
    expect((await erase({ value: 'ada', reason: 'request 1' }, token)).body['code']).toBe('access.forbidden')
  }
  for (const role of ['steward_operator', 'steward_worker', 'steward_member'] as const) {
    await expect(
      withClient(api.database.url(role), (client) => client.query('delete from audit_personal')),
    ).rejects.toThrow('permission denied')
  }
  for (const role of ['steward_worker', 'steward_member'] as const) {
    await expect(
      withClient(api.database.url(role), (client) => client.query(`select * from audit_erase('a', null, null)`)),
    ).rejects.toThrow('permission denied')
  }
})
