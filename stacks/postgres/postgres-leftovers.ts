import type { Leftover } from '../../control-plane/domain/leftover.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { scratchNames } from './scratch-names.ts'
import { tenantTables } from './tenant-tables.ts'

const SERVER = 'product database cluster'
/** Counting stops here: whether it is a thousand rows or a million, they should not be there. */
const COUNTED = 1000

/**
 * Tables of the unit's database that still hold rows of the tenant, and databases, roles and slots named after it. Looked for with
 * the sweeper's login, which must bypass row-level security: one that it binds is refused (`database.forbidden`), because
 * it would see no rows and find everything clean. A database that does not exist holds nothing.
 */
export async function listTenantRows(
  sweep: ProductServer,
  { names, tenantId }: { names: UnitNames; tenantId: string },
): Promise<Leftover[]> {
  const { exists, named } = await sweep.session(MAINTENANCE_DATABASE, async (statements) => ({
    exists:
      (await statements.run('look for the database', 'select 1 from pg_database where datname = $1', [names.database]))
        .length > 0,
    named: await namedAfter(statements, tenantId),
  }))
  if (!exists) return named
  const rows = await sweep.session(names.database, async (statements) => {
    await statements.run('see every row', 'set row_security = off')
    const found: Leftover[] = []
    for (const { table } of await tenantTables(statements)) {
      const text = `select count(*)::int as rows from (select 1 from ${table} where tenant_id = $1 limit ${COUNTED}) as held`
      const [count] = await statements.run<{ rows: number }>(`count rows of ${table}`, text, [tenantId])
      const held = count?.rows ?? 0
      if (held > 0)
        found.push({
          kind: 'rows',
          name: `${table}: ${held < COUNTED ? held : `${COUNTED} or more`}`,
          where: `database ${names.database}`,
        })
    }
    return found
  })
  return [...named, ...rows]
}

/** Names may hold the id with dashes or with underscores. */
async function namedAfter({ run }: Statements, tenantId: string): Promise<Leftover[]> {
  const like = [tenantId, tenantId.replaceAll('-', '_'), tenantId.replaceAll('-', '')].map(
    (text) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`,
  )
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
export async function listUnitLeftovers(sweep: ProductServer, { names }: { names: UnitNames }): Promise<Leftover[]> {
  const both = [names, scratchNames(names)]
  const roles = both.flatMap(({ ownerRole, appRole, copyRole }) => [ownerRole, appRole, copyRole])
  return sweep.session(MAINTENANCE_DATABASE, async ({ run }) => {
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
