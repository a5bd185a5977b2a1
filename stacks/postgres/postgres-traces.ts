import { claim, type Trace } from '../../control-plane/domain/orphan.ts'
import { NAME_PREFIX } from './move/move.ts'
import { listMoveLeftovers } from './move/move-leftovers.ts'
import { MAINTENANCE_DATABASE, type ProductServer } from './product-server.ts'

const SERVER = 'product database cluster'

/** What a move has made says its id: `steward_move_<id>_out`. */
const MOVE = new RegExp(`^${NAME_PREFIX}([0-9a-f]{32})`)

/**
 * What carries the plane's names: databases and logins of units, and what moves have made. Nothing of a database that goes while it is
 * looked at is told.
 */
export async function listDatabaseTraces(sweep: ProductServer): Promise<Trace[]> {
  const named = await listNamed(sweep)
  const left = await listMoveLeftovers(sweep, { databases: await databasesOfUnits(sweep) })
  return [
    ...named,
    ...left.flatMap(({ kind, name, where }): Trace[] => {
      const [, id] = MOVE.exec(name) ?? []
      return id === undefined ? [] : [{ kind, name, where, of: [claim.move(id)] }] // the slot of a table copy does not say whose it is
    }),
  ]
}

/** Also those that were adopted: they have names of their own, and an owner of ours. */
const databasesOfUnits = (sweep: ProductServer): Promise<string[]> =>
  sweep.session(MAINTENANCE_DATABASE, async ({ run }) => {
    const rows = await run<{ name: string }>(
      'look for databases',
      `select d.datname as name from pg_database d join pg_roles r on r.oid = d.datdba
        where d.datallowconn and not d.datistemplate and r.rolname ~ '^(cell|tenant|stack)_.+_owner$' order by 1`,
    )
    return rows.map(({ name }) => name)
  })

/**
 * Databases and logins that are called as the plane calls them: a database with its own owner (`cell_a` of `cell_a_owner`), and roles
 * with the endings of a unit's three. What merely begins alike is somebody else's.
 */
const listNamed = (sweep: ProductServer): Promise<Trace[]> =>
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
