import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { withClient } from '../../../test/support/postgres.ts'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import type { AuditEntry } from '../../platform/audit.ts'
import { createAuditAppend } from './audit.service.ts'
import { verifyStream } from './audit.verify.ts'

const append = createAuditAppend({ clock: systemClock })
let api: TestApi
let stream: `tenant:${string}`
beforeAll(async () => void (api = await testApi()))
afterAll(() => api.close())

const entry = (particulars: Partial<AuditEntry> = {}): AuditEntry => ({
  stream,
  tenantId: stream.slice(7),
  actor: null,
  action: 'tenant.update',
  subject: stream,
  outcome: 'succeeded',
  detail: { plan: 'team-shared' },
  ...particulars,
})
const write = (particulars?: Partial<AuditEntry>) => api.operator.transaction((tx) => append(tx, entry(particulars)))
const tamper = (statement: string, values: unknown[] = [stream]) =>
  withClient(api.database.url(), (client) => client.query(statement, values))
const verify = () => verifyStream(api.operator, stream)

beforeEach(async () => {
  stream = `tenant:${newId()}`
  for (let n = 1; n <= 5; n++) await write({ detail: { n }, personal: { contact: `ada${n}@acme.example` } })
})

test('an untouched stream is intact, an empty one too', async () => {
  expect(await verify()).toEqual({ intact: true, events: 5 })
  expect(await verifyStream(api.operator, 'tenant:nobody')).toEqual({ intact: true, events: 0 })
})

test('writers at once leave a gap-free chain', async () => {
  await Promise.all(Array.from({ length: 40 }, () => write()))
  expect(await verify()).toEqual({ intact: true, events: 45 })
})

test('an act that is rolled back leaves no event and no gap', async () => {
  const failing = api.operator.transaction(async (tx) => {
    await append(tx, entry())
    throw new Error('the act failed')
  })
  await expect(failing).rejects.toThrow('the act failed')
  await write()
  expect(await verify()).toEqual({ intact: true, events: 6 })
})

test.each([
  [
    'an edited text',
    `update audit_events set canonical = replace(canonical, '"n":3', '"n":4') where stream = $1 and sequence = 3`,
    3,
    'edited',
  ],
  [
    'a text that is no JSON any more',
    `update audit_events set canonical = '' where stream = $1 and sequence = 3`,
    3,
    'edited',
  ],
  [
    'an edited text with its hash made to fit',
    `update audit_events set canonical = replace(canonical, '"n":3', '"n":4'), hash = sha256(previous || convert_to(replace(canonical, '"n":3', '"n":4'), 'utf8')) where stream = $1 and sequence = 3`,
    4,
    'inserted',
  ],
  ['an edited column', `update audit_events set outcome = 'failed' where stream = $1 and sequence = 2`, 2, 'edited'],
  ['an edited actor', `update audit_events set actor_id = id where stream = $1 and sequence = 2`, 2, 'edited'],
  [
    'an edited time',
    `update audit_events set at = at + interval '1 s' where stream = $1 and sequence = 4`,
    4,
    'edited',
  ],
  ['a deleted event', 'delete from audit_events where stream = $1 and sequence = 3', 3, 'missing'],
  ['a deleted first event', 'delete from audit_events where stream = $1 and sequence = 1', 1, 'missing'],
  ['a deleted last event', 'delete from audit_events where stream = $1 and sequence = 5', 5, 'missing'],
  [
    'an edited personal value',
    `update audit_personal set plain = 'eve@evil.example' where event_id = (select id from audit_events where stream = $1 and sequence = 4)`,
    4,
    'personal-edited',
  ],
  ['a head moved on', 'update audit_streams set sequence = sequence + 1 where stream = $1', 6, 'missing'],
  [
    'a head set back',
    `update audit_streams set sequence = 4, hash = (select hash from audit_events where stream = $1 and sequence = 4) where stream = $1`,
    5,
    'inserted',
  ],
])('%s is found at its place', async (_what, statement, sequence, fault) => {
  await tamper(statement)
  expect(await verify()).toMatchObject({ intact: false, sequence, fault })
})

test('an inserted event is found, even one whose own hash is right', async () => {
  await tamper('update audit_events set sequence = sequence + 1000 where stream = $1 and sequence >= 3')
  await tamper('update audit_events set sequence = sequence - 999 where stream = $1 and sequence >= 1000')
  await tamper(
    `insert into audit_events select stream, 3, gen_random_uuid(), tenant_id, at, actor_id, action, subject, outcome, request_id,
     operation_id, canonical, hash, sha256(hash || convert_to(canonical, 'utf8')) from audit_events where stream = $1 and sequence = 2`,
  )
  expect(await verify()).toMatchObject({ intact: false, sequence: 3, fault: 'edited' })
})

test('a deleted event is found even when the gap is closed', async () => {
  await tamper('delete from audit_events where stream = $1 and sequence = 3')
  await tamper('update audit_events set sequence = 3 where stream = $1 and sequence = 4')
  expect(await verify()).toMatchObject({ intact: false, sequence: 3, fault: 'edited' })
})

test('two events that changed places are found', async () => {
  await tamper(
    'update audit_events set sequence = case sequence when 2 then 1003 else 1002 end where stream = $1 and sequence in (2, 3)',
  )
  await tamper('update audit_events set sequence = sequence - 1000 where stream = $1 and sequence > 1000')
  expect(await verify()).toMatchObject({ intact: false, sequence: 2 })
})

test('erasing personal data keeps the proof, and the chain alone does not tell the value', async () => {
  const { rows } = await tamper('select canonical from audit_events where stream = $1')
  expect(JSON.stringify(rows)).not.toContain('acme.example')
  await tamper('delete from audit_personal where tenant_id::text = substr($1, 8)')
  expect(await verify()).toEqual({ intact: true, events: 5 })
})

test.each([
  'update audit_events set outcome = outcome',
  'delete from audit_events',
  'delete from audit_streams',
  'delete from audit_personal',
  'truncate audit_events',
])('the login of the API may not: %s', async (statement) => {
  await expect(withClient(api.database.url('steward_operator'), (client) => client.query(statement))).rejects.toThrow(
    'permission denied',
  )
})

test('the list shows newest first, filters, and pages without loss or repetition', async () => {
  const mine = `subject=${encodeURIComponent(stream)}`
  const seen: unknown[] = []
  let cursor = ''
  do {
    const { status, body } = await api.call('GET', `/v1/audit?${mine}&limit=2${cursor}`)
    expect(status).toBe(200)
    seen.push(...(body['items'] as { sequence: number }[]).map(({ sequence }) => sequence))
    cursor = typeof body['nextCursor'] === 'string' ? `&cursor=${body['nextCursor']}` : ''
  } while (cursor !== '')
  expect(seen).toEqual([5, 4, 3, 2, 1])
  const first = (await api.call('GET', `/v1/audit?${mine}&limit=1`)).body
  expect(first['items']).toMatchObject([
    {
      stream,
      action: 'tenant.update',
      outcome: 'succeeded',
      detail: { n: 5 },
      personal: { contact: 'ada5@acme.example' },
    },
  ])
  const at = (first['items'] as { at: string }[])[0]?.at ?? ''
  expect((await api.call('GET', `/v1/audit?${mine}&to=${at}`)).body['items']).not.toContainEqual(
    expect.objectContaining({ sequence: 5 }),
  )
  expect((await api.call('GET', `/v1/audit?${mine}&outcome=failed`)).body['items']).toEqual([])
  expect((await api.call('GET', `/v1/audit?${mine}&action=tenant.create`)).body['items']).toEqual([])
  expect((await api.call('GET', `/v1/audit?${mine}&actor=${newId()}`)).body['items']).toEqual([])
})

test('a cursor that was changed, belongs to other filters or to another list is refused', async () => {
  const mine = `subject=${encodeURIComponent(stream)}`
  const cursor = String((await api.call('GET', `/v1/audit?${mine}&limit=1`)).body['nextCursor'])
  const [position = '', seal = ''] = cursor.split('.')
  const forged = Buffer.from(JSON.stringify(['2030-01-01T00:00:00.000Z', newId()])).toString('base64url')
  const bad = [`${forged}.${seal}`, `${position}.${seal.toUpperCase()}`, position, 'x', `${cursor}.x`, `${position}.`]
  for (const wrong of bad) {
    const { status, body } = await api.call('GET', `/v1/audit?${mine}&limit=1&cursor=${wrong}`)
    expect([status, body['code']], wrong).toEqual([400, 'cursor.invalid'])
  }
  expect((await api.call('GET', `/v1/audit?limit=1&cursor=${cursor}`)).body['code']).toBe('cursor.invalid')
  expect((await api.call('GET', `/v1/plans?cursor=${cursor}`)).body['code']).toBe('cursor.invalid')
})

test.each([
  ['limit=0', '/limit', 'minimum'],
  ['limit=201', '/limit', 'maximum'],
  ['limit=many', '/limit', 'type'],
  ['from=yesterday', '/from', 'format'],
  ['actor=ada', '/actor', 'format'],
  ['outcome=maybe', '/outcome', 'enum'],
  ['outcom=failed', '/outcom', 'additionalProperties'],
])('?%s is refused by name', async (search, pointer, rule) => {
  const { status, body } = await api.call('GET', `/v1/audit?${search}`)
  expect([status, body['code']]).toEqual([400, 'request.invalid'])
  expect(body['errors']).toMatchObject([{ in: 'query', pointer, rule }])
})
