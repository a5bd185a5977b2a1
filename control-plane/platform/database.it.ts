import net from 'node:net'
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { until, withClient } from '../../test/support/postgres.ts'
import { openDatabase, type Database } from './database.ts'
import { asProblem } from './problem-of.ts'
import { query } from './query.ts'
import { startRelay } from './relay.ts'
import { sql } from './sql.ts'

const backend = query({
  name: 'test.backend',
  row: Type.Object({ pid: Type.Integer() }),
  sample: [] as [],
  sql: () => sql`select pg_backend_pid() as pid`,
})
const wait = query({ name: 'test.wait', row: Type.Object({}), sample: [] as [], sql: () => sql`select pg_sleep(60)` })
const tenantSetting = query({
  name: 'test.tenant-setting',
  row: Type.Object({ tenant: Type.String() }),
  sample: [] as [],
  sql: () => sql`select current_setting('app.tenant_id', true) as tenant`,
})

let database: TestDatabase
let operator: Database
const open = (settings: Record<string, string> = {}, max = 2) =>
  openDatabase({ url: database.url('steward_operator'), applicationName: 'test', settings, max })
beforeAll(async () => {
  database = await testDatabase()
  operator = open()
})
afterAll(async () => {
  await operator.close()
  await database.drop()
})
const failure = (work: Promise<unknown>) => work.then(() => undefined, asProblem)
const root = (text: string, values: unknown[] = []) =>
  withClient(database.url(), (client) => client.query(text, values))

test('a connection that is lost amid a transaction is an honest 503, and the next one works', async () => {
  const broken = failure(
    operator.transaction(async (tx) => {
      const { pid } = await tx.one(backend)
      await root('select pg_terminate_backend($1)', [pid])
      return tx.one(backend)
    }),
  )
  expect(await broken).toMatchObject({ code: 'plane.unavailable', status: 503, retryable: true })
  expect(await operator.transaction((tx) => tx.one(backend))).toHaveProperty('pid')
})

test('a statement is a transaction of its own, and a second one is a mistake of ours', async () => {
  expect(await operator.statement((tx) => tx.one(backend))).toHaveProperty('pid')
  const twice = operator.statement(async (tx) => [await tx.one(backend), await tx.one(backend)])
  await expect(twice).rejects.toThrow('test.backend is one statement more than one')
  const broken = failure(
    operator.statement(async (tx) => {
      const { pid } = await tx.one(backend)
      await root('select pg_terminate_backend($1)', [pid])
    }),
  )
  await broken
  // the server's farewell may reach us only with the next statement, which then is the one that is refused
  await until(async () => expect(await operator.statement((tx) => tx.one(backend))).toHaveProperty('pid'))
})

const prepared = query({
  name: 'test.prepared',
  row: Type.Object({ times: Type.Integer() }),
  sample: [''] as [text: string],
  sql: (text) => sql`
    select count(*)::int as times from pg_prepared_statements where statement = ${text} and from_sql = false`,
})

test('a connection parses a statement once, however often it runs, and values are never part of it', async () => {
  const one = open({}, 1)
  const counted = async (tenant: string) =>
    one.transaction(
      async (tx) => [await tx.one(tenantSetting), await tx.one(prepared, tenantSetting.sql().text)] as const,
      { tenantId: tenant },
    )
  const [first, second] = ['11111111-1111-7111-8111-111111111111', '22222222-2222-7222-8222-222222222222']
  expect(await counted(first)).toEqual([{ tenant: first }, { times: 1 }])
  expect(await counted(second)).toEqual([{ tenant: second }, { times: 1 }])
  await one.close()
})

test('a statement that takes too long and a database that is away are 503, too', async () => {
  const hasty = open({ statement_timeout: '50ms' })
  expect(await failure(hasty.transaction((tx) => tx.run(wait)))).toMatchObject({ code: 'plane.unavailable' })
  await hasty.close()
  const away = openDatabase({ url: 'postgres://me:x@127.0.0.1:1/x', applicationName: 'test' })
  expect(await failure(away.transaction(async () => {}))).toMatchObject({ code: 'plane.unavailable' })
  await away.close()
})

test('the pool tells its use, and the tenant of one transaction is not seen by the next on the same connection', async () => {
  const one = open({}, 1)
  const seen = await one.transaction(
    async (tx) => {
      const other = one.transaction((next) => next.one(tenantSetting))
      const usage = one.usage()
      return { usage, mine: await tx.one(tenantSetting), other }
    },
    { tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55' },
  )
  expect(seen.usage).toEqual({ used: 1, idle: 0, waiting: 1 })
  expect(seen.mine.tenant).toBe('0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55')
  expect((await seen.other).tenant).toBe('')
  await one.close()
})

const relayOn = (work: () => Promise<boolean>, pollMs = 60_000) => {
  const errors: number[] = []
  const relay = startRelay({
    name: 'test',
    database: operator,
    channel: 'test_relay',
    pollMs,
    work,
    onError: (_error, waitMs) => errors.push(waitMs),
    backoff: { firstMs: 1, longestMs: 4 },
  })
  return { relay, errors }
}
const counted = (rounds: () => number, wanted: number) =>
  until(async () => {
    if (rounds() < wanted) throw new Error(`${rounds()} rounds of ${wanted}`)
  })

test('a relay works once at the start, again when notified, again when told that there is more, and not after it stopped', async () => {
  let rounds = 0
  const { relay } = relayOn(async () => ++rounds % 3 === 0)
  const running = await relay
  await counted(() => rounds, 1)
  const quiet = rounds
  await root('notify test_relay')
  await counted(() => rounds, quiet + 1)
  await running.stop()
  const stopped = rounds
  await root('notify test_relay')
  running.wake()
  expect(rounds).toBe(stopped)
})

test('a notification that comes while a round runs is not lost', async () => {
  let rounds = 0
  const begun = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  const { relay } = relayOn(async () => {
    rounds++
    begun.resolve()
    await finish.promise
    return false
  })
  const running = await relay
  await begun.promise
  running.wake()
  finish.resolve()
  await counted(() => rounds, 2)
  await running.stop()
})

test('without any notification it polls, and failed rounds are repeated with growing pauses', async () => {
  let rounds = 0
  const { relay, errors } = relayOn(async () => {
    rounds++
    if (rounds <= 4) throw new Error('the other side is away')
    return false
  }, 5)
  const running = await relay
  await counted(() => rounds, 7)
  expect(errors).toEqual([1, 2, 4, 4])
  await running.stop()
})

test('a listener comes back after its connection was lost and looks again at once', async () => {
  let calls = 0
  const listening = await operator.listen('test_lost', () => calls++)
  expect(calls).toBe(1)
  await root(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "test_lost"'`)
  await counted(() => calls, 2)
  await root('notify test_lost')
  await counted(() => calls, 3)
  await listening.close()
})

/** A way to the server that can be closed for a while. */
async function proxy() {
  const to = new URL(database.url('steward_operator'))
  const serverPort = Number(to.port)
  const sockets = new Set<net.Socket>()
  const server = net.createServer((from) => {
    const there = net.connect(serverPort, to.hostname)
    for (const socket of [from, there]) sockets.add(socket.on('error', () => {}))
    from.pipe(there).pipe(from)
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  await listen(0)
  const { port } = server.address() as net.AddressInfo // a TCP server that listens has one
  to.port = String(port)
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await closed
  }
  return { url: to.href, close, reopen: () => listen(port) }
}

test('a listener outlives a server that is away for longer than one try', async () => {
  const way = await proxy()
  const errors: unknown[] = []
  const far = openDatabase({ url: way.url, applicationName: 'test', onError: (error) => errors.push(error) })
  let calls = 0
  const listening = await far.listen('test_away', () => calls++)
  await way.close()
  await counted(
    () => errors.filter((error) => error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED').length,
    2,
  )
  await way.reopen()
  await counted(() => calls, 2)
  await listening.close()
  await far.close()
  await way.close()
})
