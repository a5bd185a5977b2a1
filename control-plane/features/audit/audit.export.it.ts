import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'
import { verifyExports } from '../../proof/verify-export.ts'
import { createAuditAppend } from './audit.service.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())

let [acme, globex] = ['', '']
const streamOf = (tenant: string) => `tenant:${tenant}` as const
const append = (tenant: string, n: number, from = 0) =>
  api.operator.transaction(async (tx) => {
    for (let k = from; k < from + n; k++)
      await createAuditAppend({ clock: api.clock })(tx, {
        stream: streamOf(tenant),
        tenantId: tenant,
        actor: null,
        action: 'tenant.update',
        subject: streamOf(tenant),
        outcome: 'succeeded',
        detail: { k },
        personal: { contact: `ada${k}@acme.example` },
      })
  })
const sql = (statement: string, values: unknown[] = []) =>
  withClient(
    api.database.url(),
    async (client) => (await client.query(statement, values)).rows as Record<string, unknown>[],
  )
const exported = async (search = ''): Promise<string[]> => {
  const { status, text, headers } = await api.call('GET', `/v1/audit/export${search}`)
  expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson'])
  return text.split('\n').slice(0, -1)
}
async function* one(lines: readonly string[]) {
  yield lines
}
const verify = (...files: (readonly string[])[]) =>
  verifyExports(files.map((lines, n) => ({ name: `${n}`, lines: one(lines) })))
const events = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith('{"type":"event"'))
    .map((line) => (JSON.parse(line) as { event: { stream: string; sequence: number; action: string } }).event)
const numbers = (lines: readonly string[], tenant: string) =>
  events(lines)
    .filter(({ stream }) => stream === streamOf(tenant))
    .map(({ sequence }) => sequence)

beforeEach(async () => {
  ;[acme, globex] = [newId(), newId()]
  await append(acme, 3)
  await append(globex, 2)
  await api.call('POST', '/v1/audit/checkpoints')
  await append(acme, 3, 3)
})

test('the whole record verifies by itself, the event about the export included', async () => {
  const lines = await exported()
  expect(await verify(lines)).toMatchObject({ intact: true })
  expect(
    events(lines)
      .filter(({ stream }) => stream === 'installation')
      .at(-1)?.action,
  ).toBe('audit.export')
  expect(numbers(lines, acme)).toEqual([1, 2, 3, 4, 5, 6])
  await append(acme, 2, 6)
  expect(await verify(lines, await exported())).toMatchObject({ intact: true })
})

test('one stream verifies and says nothing about the others', async () => {
  const lines = await exported(`?stream=${streamOf(acme)}`)
  expect(await verify(lines)).toMatchObject({ intact: true, events: 6, streams: 1 })
  expect(lines.join()).not.toContain(globex)
  expect(lines.join()).not.toContain('installation')
})

test('personal values can be left out', async () => {
  expect((await exported()).join()).toContain('ada5@acme.example')
  const lines = await exported('?redact=true')
  expect(lines.join()).not.toContain('@acme.example')
  expect(await verify(lines)).toMatchObject({ intact: true })
})

test('a period begins with its first event and ends with a signed one', async () => {
  const start = Date.parse('2031-01-01T00:00:00Z')
  const tenant = newId()
  for (let day = 0; day < 6; day++) {
    api.clock.moveTo(new Date(start + day * 86_400_000))
    await append(tenant, 1, day)
    if (day % 2 === 1) await api.call('POST', '/v1/audit/checkpoints')
  }
  api.clock.moveTo(undefined)
  const lines = await exported(`?from=2031-01-02T00:00:00Z&to=2031-01-03T12:00:00Z`)
  expect(numbers(lines, tenant)).toEqual([2, 3, 4])
  expect(await verify(lines)).toMatchObject({ intact: true })
  expect(numbers(await exported('?from=2031-01-03T00:00:00Z'), tenant)).toEqual([3, 4, 5, 6])
  expect(numbers(await exported('?to=2030-06-01T00:00:00Z'), tenant)).toEqual([])
  expect(await verify(await exported('?from=2040-01-01T00:00:00Z'))).toMatchObject({ intact: true, events: 0 })
})

test('a receiver goes on behind the last event that arrived and misses none', async () => {
  const lines = await exported()
  const cut = lines.findIndex((line) => line.includes(`"sequence":4,"stream":"${streamOf(acme)}"`)) + 1
  await append(acme, 2, 6)
  const rest = await exported(`?after=${streamOf(acme)}@4`)
  expect(numbers(rest, acme)).toEqual([5, 6, 7, 8])
  expect(await verify([...lines.slice(0, cut), ...rest])).toMatchObject({ intact: true })
  expect(await verify(rest)).toMatchObject({ intact: true })
  const dropped = rest.filter((line) => !line.includes(`"sequence":6,"stream":"${streamOf(acme)}"`))
  expect(await verify(dropped)).toMatchObject({ fault: 'missing', stream: streamOf(acme), sequence: 6 })
})

test.each([
  [
    'an edited event',
    (of: string) =>
      sql(
        `update audit_events set canonical = replace(canonical, '"k":1', '"k":7') where stream = $1 and sequence = 2`,
        [of],
      ),
    { fault: 'edited', sequence: 2 },
  ],
  [
    'an edited event with hashes made to fit',
    async (of: string) => {
      await sql(
        `update audit_events set canonical = replace(canonical, '"k":4', '"k":7') where stream = $1 and sequence = 5`,
        [of],
      )
      for (const sequence of [5, 6])
        await sql(
          `update audit_events e set previous = p.hash, hash = sha256(p.hash || convert_to(e.canonical, 'utf8')) from audit_events p
                  where e.stream = $1 and e.sequence = $2 and p.stream = e.stream and p.sequence = e.sequence - 1`,
          [of, sequence],
        )
      return sql(
        `update audit_streams s set hash = e.hash from audit_events e where s.stream = $1 and e.stream = $1 and e.sequence = 6`,
        [of],
      )
    },
    { fault: 'rehashed', sequence: 4, through: 6 },
  ],
  [
    'an edited column',
    (of: string) => sql(`update audit_events set subject = 'x' where stream = $1 and sequence = 2`, [of]),
    { fault: 'altered', sequence: 2 },
  ],
  [
    'an edited personal value',
    (of: string) =>
      sql(
        `update audit_personal set plain = 'eve' where event_id = (select id from audit_events where stream = $1 and sequence = 2)`,
        [of],
      ),
    { fault: 'personal-edited', sequence: 2 },
  ],
  [
    'a deleted event',
    (of: string) => sql('delete from audit_events where stream = $1 and sequence = 2', [of]),
    { fault: 'missing', sequence: 2 },
  ],
  [
    'deleted signed events',
    (of: string) => sql('delete from audit_events where stream = $1 and sequence > 4', [of]),
    { fault: 'truncated', sequence: 5 },
  ],
  [
    'a deleted stream',
    async (of: string) => {
      await sql('delete from audit_events where stream = $1', [of])
      return sql('delete from audit_streams where stream = $1', [of])
    },
    { fault: 'stream-missing', sequence: 1 },
  ],
])('%s in the database is found by whoever verifies the export', async (_what, tamper, found) => {
  const stream = streamOf(acme)
  await exported() // signs all six
  await tamper(stream)
  expect(await verify(await exported())).toMatchObject({ intact: false, stream, ...found })
  await sql('delete from audit_events where stream = $1', [stream])
  await sql('delete from audit_streams where stream = $1', [stream])
  await sql('delete from audit_checkpoint_heads where stream = $1', [stream]) // for the tests after this one: the roots no longer fit
  await sql('truncate audit_checkpoints, audit_checkpoint_heads')
})

test('a stream that the plane would not sign is exported to its end, so that everybody can see why', async () => {
  const stream = streamOf(acme)
  await sql(
    `update audit_events set canonical = replace(canonical, '"k":4', '"k":7') where stream = $1 and sequence = 5`,
    [stream],
  )
  expect(await verify(await exported(`?stream=${stream}`))).toMatchObject({ fault: 'edited', stream, sequence: 5 })
})

test.each([
  ['?stream=tenant:nobody', 404, 'audit.stream-not-found', undefined],
  ['?after=installation@99999', 404, 'audit.position-not-found', undefined],
  ['?after=installation', 400, 'request.invalid', '/after'],
  ['?from=yesterday', 400, 'request.invalid', '/from'],
  ['?from=2031-01-02T00:00:00Z&to=2031-01-01T00:00:00Z', 400, 'request.invalid', '/to'],
  ['?redact=perhaps', 400, 'request.invalid', '/redact'],
  ['?since=1', 400, 'request.invalid', '/since'],
])('%s is refused and records no export', async (search, status, code, pointer) => {
  const count = async () => (await sql(`select count(*)::int as n from audit_events where action = 'audit.export'`))[0]
  const before = await count()
  const { status: was, body } = await api.call('GET', `/v1/audit/export${search}`)
  expect([was, body['code']]).toEqual([status, code])
  if (pointer !== undefined) expect(body['errors']).toMatchObject([{ in: 'query', pointer }])
  expect(await count()).toEqual(before)
})

test('who may search may not take everything away', async () => {
  const { token } = await api.login('viewer')
  expect((await api.call('GET', '/v1/audit/export', { token })).body['code']).toBe('access.forbidden')
})

test('a receiver that stops reading stops the export, which keeps no more than it was asked for', async () => {
  const tenant = newId()
  await append(tenant, 4000)
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const address = api.app.server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { token } = await api.login('administrator')
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`http://127.0.0.1:${port}/v1/audit/export`, { headers })
  const reader = answer.body?.getReader()
  const first = await reader?.read()
  expect(Buffer.from(first?.value ?? []).toString()).toMatch(/^\{"type":"header"/)
  await reader?.cancel()
  const whole = await (await fetch(`http://127.0.0.1:${port}/v1/audit/export`, { headers })).text()
  expect(numbers(whole.split('\n'), tenant)).toHaveLength(4000)
})
