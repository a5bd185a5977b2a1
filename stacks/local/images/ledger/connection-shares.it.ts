import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LedgerDatabase, ledgerDatabase, tenant } from '../../../../test/support/ledger.ts'
import { until, withClient } from '../../../../test/support/postgres.ts'
import type { Tenancy } from './config.ts'
import { openDatabase } from './database.ts'

const acme = tenant('acme')
const globex = tenant('globex')
let unit: LedgerDatabase
beforeAll(async () => {
  unit = await ledgerDatabase()
  await unit.migrate('1.1.0')
})
afterAll(() => unit.drop())

/** Ten transactions of acme that stay open until the end, on a pod's pool of eight. */
async function crowded(tenancy: Tenancy) {
  const name = `crowded-${tenancy}`
  const database = openDatabase({ url: unit.appUrl, name, tenancy, onLost: () => undefined })
  const end = Promise.withResolvers<void>()
  const held = Array.from({ length: 10 }, () =>
    database.withTenant(acme, async (tx) => {
      await tx.query('select 1', [])
      await end.promise
    }),
  )
  const outcomes = Promise.allSettled(held)
  const open = () =>
    withClient(unit.superuser, async (client) => {
      const { rows } = await client.query<{ open: number }>(
        `select count(*)::int as open from pg_stat_activity where application_name = $1 and state = 'idle in transaction'`,
        [name],
      )
      return rows[0]?.open
    })
  const reach = (count: number) => until(async () => expect(await open()).toBe(count))
  const close = async () => {
    end.resolve()
    await outcomes
    await database.close()
  }
  return { database, held, reach, open, outcomes, end: end.resolve, close }
}

test('a tenant with neighbours holds half of the connections, is refused when it waits too long, and they are served', async () => {
  const { database, held, reach, open, outcomes, end, close } = await crowded('pool')
  try {
    await reach(4)
    const select = `select current_setting('app.tenant_id') as id`
    expect(await database.withTenant(globex, (tx) => tx.query(select, []))).toEqual([{ id: globex.id }])
    const refusal = { code: 'tenant.over-connections', status: 429, extra: { retryAfterSeconds: 1 } }
    await Promise.all(held.slice(4).map((late) => expect(late).rejects.toMatchObject(refusal)))
    expect(await open()).toBe(4)
    end()
    expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
    expect(await database.withTenant(acme, (tx) => tx.query(select, []))).toEqual([{ id: acme.id }])
  } finally {
    await close()
  }
})

test('a tenant that has the unit to itself uses all of them', async () => {
  const { reach, close } = await crowded('silo')
  try {
    await reach(8)
  } finally {
    await close()
  }
})
