import { claim, type Trace } from '../../control-plane/domain/orphan.ts'
import { MAINTENANCE_DATABASE, type ProductServer } from './product-server.ts'

const SERVER = 'product database cluster'

/**
 * Databases and logins that are called as the plane calls them: a database with its own owner (`cell_a` of `cell_a_owner`), and roles
 * with the endings of a unit's three. What merely begins alike is somebody else's.
 */
export const listDatabaseTraces = (sweep: ProductServer): Promise<Trace[]> =>
  sweep.session(MAINTENANCE_DATABASE, async ({ run }) => {
    const rows = await run<{ kind: string; name: string }>(
      'look for databases and roles',
      `select 'database' as kind, d.datname as name from pg_database d join pg_roles r on r.oid = d.datdba
        where d.datname ~ '^(cell|tenant|stack|check)_' and r.rolname = d.datname || '_owner'
       union all
       select 'role', rolname from pg_roles where rolname ~ '^(cell|tenant|stack|check)_.+_(owner|app|copy)$' order by 1, 2`,
    )
    return rows.map((row) => ({ ...row, where: SERVER, of: [claim.sql(row.name)] }))
  })
