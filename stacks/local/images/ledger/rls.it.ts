import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LedgerDatabase, ledgerDatabase, tenant } from '../../../../test/support/ledger.ts'
import { withClient } from '../../../../test/support/postgres.ts'
import { openDatabase } from './database.ts'

const acme = tenant('acme')
const globex = tenant('globex')
const TABLES = ['accounts', 'entries', 'postings'] as const

let unit: LedgerDatabase
beforeAll(async () => {
  unit = await ledgerDatabase()
  await unit.migrate('1.1.0')
  await withClient(unit.superuser, async (client) => {
    for (const { id } of [acme, globex]) {
      await client.query('begin')
      await client.query(`insert into accounts (tenant_id, id, name, kind, currency)
                          select '${id}', gen_random_uuid(), name, 'asset', 'EUR' from unnest(array['cash', 'bank']) name`)
      await client.query(
        `insert into entries (tenant_id, id, description, reference) values ('${id}', '${id}', 'opening', 'r-1')`,
      )
      await client.query(`insert into postings select '${id}', '${id}', row_number() over (), id,
                            case row_number() over () when 1 then 100 else -100 end from accounts where tenant_id = '${id}'`)
      await client.query('commit')
    }
  })
})
afterAll(() => unit.drop())

/** What the product's own login sees and changes of `other` while it acts as `self`; apart when every number is zero. */
async function reach(self: string | null, other: string): Promise<Record<string, number>> {
  return withClient(unit.appUrl, async (client) => {
    const found: Record<string, number> = {}
    await client.query('begin')
    if (self !== null) await client.query(`select set_config('app.tenant_id', $1, true)`, [self])
    for (const table of TABLES) {
      const read = await client.query(`select 1 from ${table} where tenant_id = $1`, [other])
      const updated = await client.query(`update ${table} set tenant_id = tenant_id where tenant_id = $1`, [other])
      Object.assign(found, { [`${table} read`]: read.rows.length, [`${table} updated`]: updated.rowCount ?? 0 })
    }
    await client.query('rollback')
    return found
  })
}

/** The assertion itself, so that both directions below run the very same one. */
async function assertApart(): Promise<void> {
  for (const [self, other] of [
    [acme.id, globex.id],
    [globex.id, acme.id],
    [null, acme.id],
  ] as const) {
    const total = Object.values(await reach(self, other)).reduce((sum, count) => sum + count, 0)
    expect(total, `rows of ${other} within reach of ${self}`).toBe(0)
  }
}

const setSecurity = (how: 'enable' | 'disable') =>
  withClient(unit.ownerUrl, async (client) => {
    for (const table of TABLES) await client.query(`alter table ${table} ${how} row level security`)
  })

describe("the product's own login", () => {
  test('reaches no row of another tenant, and none at all without a tenant', assertApart)

  test("reaches its own tenant's rows by the same statements", async () => {
    const found = await reach(acme.id, acme.id)
    expect(found).toEqual({
      'accounts read': 2,
      'accounts updated': 2,
      'entries read': 1,
      'entries updated': 1,
      'postings read': 2,
      'postings updated': 2,
    })
  })

  test('reaches them as soon as row-level security is off: the assertion can fail', async () => {
    await setSecurity('disable')
    try {
      await expect(assertApart()).rejects.toThrow(/within reach/)
    } finally {
      await setSecurity('enable')
    }
    await assertApart()
  })

  test('cannot write rows for another tenant', async () => {
    const steal = withClient(unit.appUrl, async (client) => {
      await client.query('begin')
      await client.query(`select set_config('app.tenant_id', $1, true)`, [acme.id])
      await client.query(`insert into accounts values ($1, gen_random_uuid(), 'planted', 'asset', 'EUR')`, [globex.id])
    })
    await expect(steal).rejects.toThrow('row-level security policy for table "accounts"')
  })

  test('cannot post to an account of another tenant, whose id it guessed', async () => {
    const post = withClient(unit.appUrl, async (client) => {
      await client.query('begin')
      await client.query(`select set_config('app.tenant_id', $1, true)`, [acme.id])
      const { rows } = await withClient(unit.superuser, (root) =>
        root.query<{ id: string }>('select id from accounts where tenant_id = $1', [globex.id]),
      )
      await client.query(`insert into postings values ($1, $1, 9, $2, 5), ($1, $1, 10, $2, -5)`, [acme.id, rows[0]?.id])
      await client.query('commit')
    })
    await expect(post).rejects.toThrow('postings_tenant_id_account_id_fkey')
  })

  test.each([
    'alter table accounts disable row level security',
    'create table mine ()',
    'truncate accounts',
    'update schema_migrations set name = name',
  ])('may not: %s', async (statement) => {
    await expect(withClient(unit.appUrl, (client) => client.query(statement))).rejects.toThrow(
      /permission denied|must be owner/,
    )
  })
})

test('a pooled connection carries no tenant over to the next transaction', async () => {
  const database = openDatabase({ url: unit.appUrl, name: 'test', tenancy: 'pool', onLost: () => undefined })
  const setting = `select current_setting('app.tenant_id', true) as tenant, current_setting('statement_timeout') as timeout, pg_backend_pid() as pid`
  const [inside] = await database.withTenant(acme, (tx) => tx.query<{ tenant: string; timeout: string }>(setting, []))
  expect(inside).toMatchObject({ tenant: acme.id, timeout: '5s' })
  const failed = database.withTenant(acme, () => Promise.reject(new Error('midway')))
  await expect(failed).rejects.toThrow('midway')
  const [other] = await database.withTenant(globex, (tx) => tx.query<{ tenant: string }>(setting, []))
  expect(other).toMatchObject({ tenant: globex.id, pid: (inside as { pid?: number }).pid })
  await database.close()
})

test('the owner is bound, too, but by a policy of its own: backfills see every row', async () => {
  const { rows } = await withClient(unit.ownerUrl, (client) =>
    client.query('select count(*)::int as rows from accounts'),
  )
  expect(rows).toEqual([{ rows: 4 }])
})

test('every table with rows of tenants forces row-level security and has the tenant first in its key', async () => {
  const { rows } = await withClient(unit.ownerUrl, (client) =>
    client.query<{ name: string; forced: boolean; first: string | null }>(
      `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced, a.attname as first
         from pg_class c left join pg_index i on i.indrelid = c.oid and i.indisprimary
         left join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations' order by 1`,
    ),
  )
  expect(rows).toEqual(TABLES.map((name) => ({ name, forced: true, first: 'tenant_id' })))
})
