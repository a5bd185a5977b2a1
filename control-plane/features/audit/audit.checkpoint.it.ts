import { afterEach, beforeEach, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { until, withClient } from '../../../test/support/postgres.ts'
import { observeRows } from '../../platform/row-gauges.ts'
import { createTelemetry } from '../../platform/telemetry.ts'
import { createCheckpoints } from './audit.checkpoint.ts'
import { auditGauges } from './audit.gauges.ts'
import { createAuditAppend } from './audit.service.ts'
import { startCheckpoints } from './audit.schedule.ts'
import type { AuditCheckpoint, SignedRecord } from './audit.schema.ts'

let api: TestApi
beforeEach(async () => void (api = await testApi()))
afterEach(() => api.close())

const append = (stream: 'installation' | `tenant:${string}`, n = 1) =>
  api.operator.transaction(async (tx) => {
    for (let k = 0; k < n; k++)
      await createAuditAppend({ clock: api.clock })(tx, {
        stream,
        actor: null,
        action: 'a.b',
        subject: stream,
        outcome: 'succeeded',
        detail: { k },
      })
  })
const sign = async () => {
  const { status, body } = await api.call('POST', '/v1/audit/checkpoints')
  expect(status).toBe(201)
  return body as SignedRecord
}
const sql = (statement: string, values: unknown[] = []) =>
  withClient(
    api.database.url(),
    async (client) => (await client.query(statement, values)).rows as Record<string, unknown>[],
  )
const listed = async (search = '') =>
  (await api.call('GET', `/v1/audit/checkpoints${search}`)).body as {
    items: AuditCheckpoint[]
    nextCursor: string | null
  }

test('a checkpoint covers what moved and names the one before', async () => {
  await append('tenant:a', 3)
  await append('tenant:b', 2)
  const first = (await sign()).checkpoint
  expect(first).toMatchObject({ sequence: 1, events: 6, heads: 3, previous: '0'.repeat(64) }) // with the event about itself
  await append('tenant:b')
  const second = (await sign()).checkpoint
  expect(second).toMatchObject({ sequence: 2, events: 8, heads: 2, previous: first?.hash, key: first?.key })
  await api.call('POST', '/v1/signing-keys', { body: { purpose: 'audit' } })
  const third = (await sign()).checkpoint
  expect(third?.previous).toBe(second?.hash)
  expect(third?.key).not.toBe(second?.key)
  expect((await listed()).items).toEqual([third, second, first])
})

test('pages of checkpoints stay what they are while others are written', async () => {
  for (let n = 0; n < 4; n++) await sign()
  const page = await listed('?limit=2')
  await sign()
  const next = await listed(`?limit=2&cursor=${page.nextCursor}`)
  expect([...page.items, ...next.items].map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1])
  expect(next.nextCursor).toBeNull()
})

test('twenty at once make one chain', async () => {
  await Promise.all(Array.from({ length: 20 }, () => sign()))
  const { items } = await listed()
  expect(items.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, n) => 20 - n))
  for (const [n, { previous }] of items.entries()) expect(previous).toBe(items[n + 1]?.hash ?? '0'.repeat(64))
})

test.each([
  [
    'edited text',
    `update audit_events set canonical = replace(canonical, '"k":1', '"k":9') where stream = 'tenant:a' and sequence = 2`,
    2,
    'edited',
  ],
  [
    'an edited column',
    `update audit_events set outcome = 'failed' where stream = 'tenant:a' and sequence = 2`,
    2,
    'edited',
  ],
  ['a deleted event', `delete from audit_events where stream = 'tenant:a' and sequence = 2`, 2, 'missing'],
  ['a head moved on', `update audit_streams set sequence = 5 where stream = 'tenant:a'`, 4, 'missing'],
  [
    'a head set back',
    `update audit_streams set sequence = 2, hash = (select hash from audit_events where stream = 'tenant:a' and sequence = 2) where stream = 'tenant:a'`,
    3,
    'inserted',
  ],
])('%s is not signed; other streams are', async (_what, statement, sequence, fault) => {
  await append('tenant:a', 3)
  await append('tenant:b', 3)
  await sql(statement)
  const { checkpoint, broken } = await sign()
  expect(broken).toMatchObject([{ stream: 'tenant:a', sequence, fault }])
  expect(checkpoint).toMatchObject({ heads: 2 })
  const heads = await sql('select stream from audit_checkpoint_heads order by stream')
  expect(heads).toEqual([{ stream: 'installation' }, { stream: 'tenant:b' }])
})

test('a signed tail that was cut off with the head set back is noticed by the next checkpoint', async () => {
  await append('tenant:a', 5)
  await sign()
  await sql(`delete from audit_events where stream = 'tenant:a' and sequence > 3`)
  await sql(
    `update audit_streams set sequence = 3, hash = (select hash from audit_events where stream = 'tenant:a' and sequence = 3) where stream = 'tenant:a'`,
  )
  expect((await sign()).broken).toMatchObject([{ stream: 'tenant:a', sequence: 4, fault: 'missing' }])
})

test.each([
  ['with its head', [`delete from audit_events where $`, `delete from audit_streams where $`]],
  ['and its head left', [`delete from audit_events where $`]],
  [
    'and its head set to the beginning',
    [
      `delete from audit_events where $`,
      `update audit_streams set sequence = 0, hash = '\\x${'00'.repeat(32)}' where $`,
    ],
  ],
  ['but its events', [`delete from audit_streams where $`]],
])(
  'a signed stream that was deleted %s is noticed by the next checkpoint, and its name stays',
  async (_what, statements) => {
    await append('tenant:a', 5)
    await append('tenant:b', 2)
    await sign()
    for (const statement of statements) await sql(statement.replace('$', `stream = 'tenant:a'`))
    for (let n = 0; n < 2; n++) {
      const { checkpoint, broken } = await sign()
      expect(broken).toMatchObject([{ stream: 'tenant:a', sequence: 1, fault: 'missing' }])
      expect(checkpoint).toMatchObject({ heads: 1 })
    }
  },
)

test('the last signed event cannot be taken away alone', async () => {
  await append('tenant:a', 5)
  await sign()
  await sql(`delete from audit_events where stream = 'tenant:a' and sequence = 5`)
  expect((await sign()).broken).toMatchObject([{ stream: 'tenant:a', sequence: 5, fault: 'missing' }])
})

test.each(['audit_checkpoints', 'audit_checkpoint_heads'])('no login may change or delete %s', async (table) => {
  await sign()
  for (const role of ['steward_operator', 'steward_worker', 'steward_member'] as const) {
    for (const statement of [`update ${table} set sequence = sequence`, `delete from ${table}`, `truncate ${table}`]) {
      await expect(
        withClient(api.database.url(role), (client) => client.query(statement)),
        `${role}: ${statement}`,
      ).rejects.toThrow('permission denied')
    }
  }
})

test('who may only read signs nothing', async () => {
  const { token } = await api.login('viewer')
  const { status, body } = await api.call('POST', '/v1/audit/checkpoints', { token })
  expect([status, body['code']]).toEqual([403, 'access.forbidden'])
  expect((await listed()).items).toEqual([])
})

test('the schedule signs when enough events wait or one has waited long enough, and says what it will not sign', async () => {
  const telemetry = createTelemetry()
  const lines: Record<string, unknown>[] = []
  const say = (fields: Record<string, unknown>) => void lines.push(fields)
  const logger = { info: say, warn: say, error: say } as unknown as Parameters<typeof startCheckpoints>[0]['logger'] // what the schedule uses of it
  const checkpoint = createCheckpoints({ signing: api.signing, clock: api.clock })
  const start = Date.parse('2030-01-01T00:00:00Z')
  api.clock.moveTo(new Date(start))
  const schedule = startCheckpoints(
    { database: api.operator, checkpoint, clock: api.clock, logger, meter: telemetry.meter },
    3_600_000,
  )
  const count = async () => (await sql('select count(*)::int as n from audit_checkpoints'))[0]?.['n']
  try {
    await append('tenant:a')
    await schedule.look()
    expect(await count()).toBe(1) // the first one is due at once
    await append('tenant:a')
    await schedule.look()
    expect(await count()).toBe(1)
    api.clock.moveTo(new Date(start + 300_000))
    await schedule.look()
    expect(await count()).toBe(2)
    await schedule.look()
    expect(await count()).toBe(2) // nothing moved
    await append('tenant:b', 1000)
    await schedule.look()
    expect(await count()).toBe(3)
    await append('tenant:a')
    await sql(`update audit_events set subject = 'x' where stream = 'tenant:a' and sequence = 3`)
    api.clock.moveTo(new Date(start + 900_000))
    await schedule.look()
    expect(await count()).toBe(3)
    expect(lines).toContainEqual({
      event: 'audit.verification-failed',
      stream: 'tenant:a',
      sequence: 3,
      fault: 'edited',
    })
    expect(await telemetry.exposition()).toMatch(/^steward_audit_broken_streams 1/m)
  } finally {
    await schedule.stop()
    await telemetry.close()
  }
})

test('a database that is away stops no schedule', async () => {
  const telemetry = createTelemetry()
  let calls = 0
  const schedule = startCheckpoints(
    {
      database: { transaction: () => Promise.reject(new Error(`away ${++calls}`)) },
      checkpoint: () => Promise.reject(new Error('never reached')),
      clock: api.clock,
      logger: { info: () => {}, warn: () => {}, error: () => {} },
      meter: telemetry.meter,
    },
    1,
  )
  await until(async () => expect(calls).toBeGreaterThan(2))
  await schedule.stop()
  await telemetry.close()
})

test('the age of the newest checkpoint counts while events wait, from the first event where none was ever signed', async () => {
  const telemetry = createTelemetry()
  observeRows(telemetry.meter, api.operator, auditGauges, (error) => expect.fail(String(error)))
  const age = async () =>
    Number(/^steward_audit_checkpoint_age_seconds (\S+)/m.exec(await telemetry.exposition())?.[1] ?? Number.NaN)
  try {
    expect(await age()).toBe(0) // nothing was ever recorded
    api.clock.moveTo(new Date(Date.now() - 3_600_000))
    await append('tenant:a')
    expect(await age()).toBeGreaterThanOrEqual(3600)
    await sign()
    expect(await age()).toBe(0)
    api.clock.moveTo(undefined)
    await append('tenant:b')
    expect(await age()).toBeGreaterThanOrEqual(3600)
    await sql(`update audit_events set subject = 'x' where stream = 'tenant:b'`)
    await append('tenant:a')
    expect((await sign()).broken).toHaveLength(1)
    await sql(`delete from audit_checkpoints where sequence = 2`) // as if an hour had passed since
    expect(await age()).toBeGreaterThanOrEqual(3600)
  } finally {
    await telemetry.close()
  }
})
