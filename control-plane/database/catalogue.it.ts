import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'

/** Tables without row-level security, each with the reason. */
const ALLOWED: Readonly<Record<string, string>> = { schema_migrations: 'names of migrations: no rows of anybody' }
const SERVING = ['steward_operator', 'steward_worker', 'steward_member']

let database: TestDatabase
beforeAll(async () => void (database = await testDatabase()))
afterAll(() => database.drop())

const rows = <Row>(text: string, values: unknown[] = [], role?: Parameters<TestDatabase['url']>[0]) =>
  withClient(database.url(role), async (client) => (await client.query(text, values)).rows as Row[])

/** What a table lacks. */
const LACKING = `
  select c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner) as owner,
         exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd = '*'
                   and (select oid from pg_roles where rolname = 'steward_owner') = any (p.polroles)) as owned
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1`
type Lacking = { name: string; enabled: boolean; forced: boolean; owner: string; owned: boolean }
const faults = async () =>
  (await rows<Lacking>(LACKING)).filter(({ name, enabled, forced, owner, owned }) =>
    name in ALLOWED ? owner !== 'steward_owner' : !(enabled && forced && owned && owner === 'steward_owner'),
  )

test('row-level security is on and forced on every table, with a policy for the owner', async () => {
  expect(await faults()).toEqual([])
  expect(await rows('select from pg_tables where schemaname = $1', ['public'])).not.toHaveLength(0)
})

test.each([
  ['without row-level security', 'alter table plans disable row level security'],
  ['where the owner is not bound', 'alter table plans no force row level security'],
  ['whose owner has no policy', 'drop policy owner_all on plans'],
  ['that is new and has nothing', 'create table forgotten (); alter table forgotten owner to steward_owner'],
])('a table %s would be found', async (_what, statement) => {
  const other = await testDatabase()
  try {
    await withClient(other.url(), (client) => client.query(statement))
    const found = await withClient(other.url(), async (client) => (await client.query(LACKING)).rows as Lacking[])
    expect(
      found.filter(({ name, enabled, forced, owned }) => !(name in ALLOWED) && !(enabled && forced && owned)),
    ).toHaveLength(1)
  } finally {
    await other.drop()
  }
})

test('no serving login owns anything, bypasses row-level security or may become another', async () => {
  const powers = `select rolname from pg_roles where rolname = any ($1) and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`
  expect(await rows(powers, [SERVING])).toEqual([])
  expect(await rows('select from pg_class where pg_get_userbyid(relowner) = any ($1)', [SERVING])).toEqual([])
  expect(await rows('select from pg_auth_members m where pg_get_userbyid(m.member) = any ($1)', [SERVING])).toEqual([])
})

test('the record can only be added to, and secrets are read by the one login that needs them', async () => {
  const may = (role: string, table: string, what: string) =>
    rows<{ may: boolean }>('select has_table_privilege($1, $2, $3) as may', [role, table, what]).then(
      ([answer]) => answer?.may,
    )
  for (const role of SERVING) {
    for (const table of ['audit_events', 'audit_personal', 'operation_events']) {
      for (const what of ['update', 'delete', 'truncate'])
        expect(await may(role, table, what), `${role} ${what} ${table}`).toBe(false)
    }
  }
  for (const table of [
    'operators',
    'operator_tokens',
    'idempotency_keys',
    'installation_keys',
    'operation_shares',
    'hand_offs',
  ]) {
    expect(await may('steward_operator', table, 'select')).toBe(true)
    expect(await may('steward_worker', table, 'select'), table).toBe(false)
    expect(await may('steward_member', table, 'select'), table).toBe(false)
  }
})

test('a member sees the rows of its own tenant in every table it may read, no other rows and no other tables', async () => {
  const [mine, other] = [randomUUID(), randomUUID()]
  const cell = randomUUID()
  await withClient(database.url('steward_owner'), async (client) => {
    await client.query(`insert into regions (name, target, domain, settings) values ('r', 'local', 'localhost', '{}')`)
    await client.query(
      `insert into units (id, kind, name, region, state, product, version, capacity) values ($1, 'cell', 'c', 'r', 'active', 'ledger', '1', '{}')`,
      [cell],
    )
    for (const tenant of [mine, other]) await plant(client, tenant, cell)
  })
  const readable = await rows<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and has_table_privilege('steward_member', oid, 'select') order by 1`,
  )
  const tables = readable.map(({ name }) => name)
  expect(tables).toEqual(['audit_events', 'conditions', 'operation_events', 'operation_steps', 'operations', 'tenants'])
  for (const table of tables) {
    const column = table === 'tenants' ? 'id' : 'tenant_id'
    const seen = (tenant: string | null) =>
      withClient(database.url('steward_member'), async (client) => {
        await client.query('begin')
        if (tenant !== null) await client.query("select set_config('app.tenant_id', $1, true)", [tenant])
        return (await client.query(`select ${column}::text as tenant from ${table}`)).rows
      })
    expect(await seen(mine), table).toEqual([{ tenant: mine }])
    expect(await seen(other), table).toEqual([{ tenant: other }])
    expect(await seen(randomUUID()), table).toEqual([])
    expect(await seen(null), table).toEqual([])
    await expect(rows(`insert into ${table} default values`, [], 'steward_member')).rejects.toThrow('permission denied')
  }
})

async function plant(
  client: Parameters<Parameters<typeof withClient>[1]>[0],
  tenant: string,
  cell: string,
): Promise<void> {
  const operation = randomUUID()
  const slug = `t-${tenant.slice(0, 8)}`
  const columns = await client.query(
    `select column_name from information_schema.columns where table_name = 'tenants' and is_nullable = 'NO' and column_default is null`,
  )
  const known: Record<string, unknown> = {
    id: tenant,
    slug,
    name: slug,
    plan: 'starter-shared',
    region: 'r',
    residency: ['r'],
    unit_id: cell,
    state: 'active',
    limits: {},
    host: slug,
    overrides: {},
    confirmed: {},
  }
  const names = columns.rows.map((row: { column_name: string }) => row.column_name)
  const values = names.map((name) =>
    typeof known[name] === 'object' && !Array.isArray(known[name]) ? JSON.stringify(known[name]) : known[name],
  )
  await client.query(
    `insert into tenants (${names.join(', ')}) values (${names.map((_, n) => `$${n + 1}`).join(', ')})`,
    values,
  )
  await client.query(
    `insert into conditions (subject, type, tenant_id, status, reason, message, observed_generation) values ($2, 'Ready', $1, 'true', 'R', 'M', 1)`,
    [tenant, `tenant:${tenant}`],
  )
  await client.query(
    `insert into operations (id, kind, tenant_id, unit_id, region, state, input) values ($1, 'tenant.update', $2, $3, 'r', 'queued', '{}')`,
    [operation, tenant, cell],
  )
  await client.query(
    `insert into operation_steps (operation_id, step, attempt, tenant_id, state, lease_until) values ($1, 's', 1, $2, 'running', now())`,
    [operation, tenant],
  )
  await client.query(
    `insert into operation_events (operation_id, sequence, tenant_id, type, data) values ($1, 1, $2, 't', '{}')`,
    [operation, tenant],
  )
  await client.query(
    `insert into audit_events (stream, sequence, id, tenant_id, at, action, subject, outcome, canonical, previous, hash) values ($2, 1, gen_random_uuid(), $1, now(), 'a', 's', 'succeeded', '{}', '', '')`,
    [tenant, `tenant:${tenant}`],
  )
}
