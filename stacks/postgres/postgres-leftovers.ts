import { untallied, type Leftover, type Tally } from '../../control-plane/domain/leftover.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { scratchNames } from './scratch-names.ts'
import { tenantTables } from './tenant-tables.ts'

const SERVER = 'product database cluster'
/** Counting stops here: whether it is a thousand rows or a million, they should not be there. */
const COUNTED = 1000
const ALL_NAMES =
  '((select count(*) from pg_database) + (select count(*) from pg_roles) + (select count(*) from pg_replication_slots))'

/**
 * Tables of the unit's database that still hold rows of the tenant, and databases, roles and slots named after it. Looked for with
 * the sweeper's login, which must bypass row-level security: one that it binds is refused (`database.forbidden`), because
 * it would see no rows and find everything clean. A database that does not exist holds nothing.
 */
export async function listTenantRows(
  sweep: ProductServer,
  { names, tenantId }: { names: UnitNames; tenantId: string },
  tally: Tally = untallied,
): Promise<Leftover[]> {
  const { exists, named } = await sweep.session(MAINTENANCE_DATABASE, async (statements) => ({
    exists:
      (await statements.run('look for the database', 'select 1 from pg_database where datname = $1', [names.database]))
        .length > 0,
    named: await namedAfter(statements, tenantId, tally),
  }))
  if (!exists) return named
  return [
    ...named,
    ...(await rowsIn(sweep, names.database, tenantId, (n) => tally('tables of its unit, for its rows', n))),
  ]
}

/**
 * Rows of the tenant in the databases of cells other than its own: it may have been in them before. One that goes meanwhile holds
 * nothing.
 */
export async function listStrayRows(
  sweep: ProductServer,
  { names, tenantId }: { names: UnitNames; tenantId: string },
  tally: Tally = untallied,
): Promise<Leftover[]> {
  const others = await sweep.session(MAINTENANCE_DATABASE, ({ run }) =>
    run<{ name: string }>(
      'look for databases of cells',
      `select datname as name from pg_database
        where datallowconn and not datistemplate and datname like 'cell\\_%' and datname <> $1 order by 1`,
      [names.database],
    ),
  )
  let tables = 0
  const found: Leftover[] = []
  for (const { name } of others) {
    const rows = await rowsIn(sweep, name, tenantId, (n) => (tables += n)).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'database.missing') return []
      throw error
    })
    found.push(...rows)
  }
  tally('tables of all other cells, for its rows', tables)
  return found
}

async function rowsIn(
  sweep: ProductServer,
  database: string,
  tenantId: string,
  counted: (tables: number) => void,
): Promise<Leftover[]> {
  return sweep.session(database, async (statements) => {
    await statements.run('see every row', 'set row_security = off')
    const found: Leftover[] = []
    const tables = await tenantTables(statements)
    counted(tables.length)
    for (const { table } of tables) {
      const text = `select count(*)::int as rows from (select 1 from ${table} where tenant_id = $1 limit ${COUNTED}) as held`
      const [count] = await statements.run<{ rows: number }>(`count rows of ${table}`, text, [tenantId])
      const held = count?.rows ?? 0
      if (held > 0)
        found.push({
          kind: 'rows',
          name: `${table}: ${held < COUNTED ? held : `${COUNTED} or more`}`,
          where: `database ${database}`,
        })
    }
    return found
  })
}

/** Names may hold the id with dashes or with underscores. */
async function namedAfter({ run }: Statements, tenantId: string, tally: Tally): Promise<Leftover[]> {
  const like = [tenantId, tenantId.replaceAll('-', '_'), tenantId.replaceAll('-', '')].map(
    (text) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`,
  )
  const [all] = await run<{ count: number }>('count names', `select ${ALL_NAMES}::int as count`)
  tally('databases, roles and replication slots, by the id of the tenant', all?.count ?? 0)
  const rows = await run<{ kind: string; name: string }>(
    'look for names',
    `select 'database' as kind, datname as name from pg_database where datname like any ($1)
     union all select 'role', rolname from pg_roles where rolname like any ($1)
     union all select 'replication slot', slot_name from pg_replication_slots where slot_name like any ($1) order by 1, 2`,
    [like],
  )
  return rows.map((row) => ({ ...row, where: SERVER }))
}

/** What a retired unit left: its database and the one of its checks, logins and replication slots of both. */
export async function listUnitLeftovers(
  sweep: ProductServer,
  { names }: { names: UnitNames },
  tally: Tally = untallied,
): Promise<Leftover[]> {
  const both = [names, scratchNames(names)]
  const roles = both.flatMap(({ ownerRole, appRole, copyRole }) => [ownerRole, appRole, copyRole])
  return sweep.session(MAINTENANCE_DATABASE, async ({ run }) => {
    const [all] = await run<{ count: number }>('count names', `select ${ALL_NAMES}::int as count`)
    tally('databases, roles and replication slots, by the names of the unit', all?.count ?? 0)
    const rows = await run<{ kind: string; name: string }>(
      'look for leftovers',
      `select 'database' as kind, datname as name from pg_database where datname = any ($1)
       union all select 'role', rolname from pg_roles where rolname = any ($2)
       union all select 'replication slot', slot_name from pg_replication_slots where database = any ($1) order by 1, 2`,
      [both.map(({ database }) => database), roles],
    )
    return rows.map((row) => ({ ...row, where: SERVER }))
  })
}
