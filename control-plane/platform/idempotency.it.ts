import { afterAll, beforeAll, expect, test } from 'vitest'
import { Type } from 'typebox'
import { testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { openDatabase, type Database } from './database.ts'
import { forgetOldKeys, idempotent } from './idempotency.ts'
import { newId } from './ids.ts'
import { query } from './query.ts'
import { sql } from './sql.ts'

const work = query({
  name: 'test.work',
  row: Type.Object({}),
  sample: [''] as [name: string],
  sql: (name) => sql`insert into subject_locks (subject) values (${name})`,
})
let database: TestDatabase
let operator: Database
beforeAll(async () => {
  database = await testDatabase()
  operator = openDatabase({
    url: database.url('steward_operator'),
    applicationName: 'test',
    settings: { lock_timeout: '5s' },
  })
})
afterAll(async () => {
  await operator.close()
  await database.drop()
})

const actor = { operatorId: newId() }
const ask = (key: string | undefined, print: string, name: string, who = actor) =>
  operator.transaction((tx) =>
    idempotent(tx, who, key, print, async () => {
      await tx.run(work, name)
      return { status: 202, headers: { location: `/${name}` }, body: { name, nested: { n: [1, null] } } }
    }),
  )
const worked = async (like: string): Promise<number> =>
  withClient(
    database.url(),
    async (client) => (await client.query('select from subject_locks where subject like $1', [like])).rowCount ?? 0,
  )

test('a hundred requests with one key do the work once and all get its answer', async () => {
  const key = newId()
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(key, 'same', `hundred-${n}`)))
  expect(await worked('hundred-%')).toBe(1)
  expect(new Set(answers.map(({ status, headers, body }) => JSON.stringify([status, headers, body])))).toHaveLength(1)
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
})

test('another wish under the same key is refused by name and does nothing', async () => {
  const key = newId()
  await ask(key, 'first', 'reuse-1')
  await expect(ask(key, 'second', 'reuse-2')).rejects.toMatchObject({
    code: 'idempotency.reused',
    status: 422,
    fields: [{ in: 'header', pointer: '/idempotency-key' }],
  })
  expect(await worked('reuse-%')).toBe(1)
})

test('keys belong to their operator, and without a key each request is its own', async () => {
  const key = newId()
  await ask(key, 'x', 'own-1')
  await ask(key, 'y', 'own-2', { operatorId: newId() })
  await ask(undefined, 'z', 'own-3')
  await ask(undefined, 'z', 'own-4')
  expect(await worked('own-%')).toBe(4)
})

test('work that failed is not remembered: one of those who waited does it', async () => {
  const key = newId()
  let tries = 0
  const attempt = () =>
    operator.transaction((tx) =>
      idempotent(tx, actor, key, 'same', async () => {
        tries++
        await tx.run(work, `failing-${tries}`)
        if (tries === 1) throw new Error('first one fails')
        return { status: 200, headers: {}, body: { tries } }
      }),
    )
  const outcomes = await Promise.allSettled([attempt(), attempt(), attempt()])
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect([tries, await worked('failing-%')]).toEqual([2, 1])
})

test('whoever waits longer than the lock timeout is asked to try again', async () => {
  const key = newId()
  const hasty = openDatabase({
    url: database.url('steward_operator'),
    applicationName: 'test',
    settings: { lock_timeout: '50ms' },
  })
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const answer = { status: 200, headers: {}, body: null }
  const first = operator.transaction((tx) =>
    idempotent(tx, actor, key, 'same', async () => {
      started.resolve()
      await finish.promise
      return answer
    }),
  )
  await started.promise
  const second = hasty.transaction((tx) => idempotent(tx, actor, key, 'same', async () => answer))
  await expect(second).rejects.toMatchObject({ code: 'idempotency.in-progress', status: 409, retryable: true })
  finish.resolve()
  expect(await first).toEqual({ ...answer, replayed: false })
  await hasty.close()
})

test('a key is forgotten after its time, whether swept or used again before that', async () => {
  const [used, swept, fresh] = [newId(), newId(), newId()]
  for (const key of [used, swept, fresh]) await ask(key, 'old', `age-${key}`)
  await withClient(database.url(), (client) =>
    client.query("update idempotency_keys set created_at = created_at - interval '25 hours' where key = any($1)", [
      [used, swept],
    ]),
  )
  expect(await ask(used, 'new', `age-again-${used}`)).toMatchObject({ replayed: false })
  expect(await operator.transaction(forgetOldKeys)).toBe(1)
  expect(await ask(used, 'new', 'never')).toMatchObject({ replayed: true })
  expect(await ask(fresh, 'old', 'never')).toMatchObject({ replayed: true })
  expect(await worked('never')).toBe(0)
})
