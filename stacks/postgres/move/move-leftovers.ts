import type { Leftover } from '../../../control-plane/domain/leftover.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from '../product-server.ts'
import { moveSchema, NAME_PREFIX } from './move.ts'

const SERVER = 'product database cluster'
type Named = { kind: string; name: string }

/**
 * What moves have left at a cluster: slots (also of table copies), subscriptions and logins, and in these databases publications, guards
 * and schemas. Of one move, or of every one. Changes nothing; a login that reads only is enough.
 */
export async function listMoveLeftovers(
  server: ProductServer,
  { databases, moveId }: { databases: readonly string[]; moveId?: string },
): Promise<Leftover[]> {
  const prefix = moveId === undefined ? NAME_PREFIX : moveSchema({ id: moveId })
  const outside = await server.session(MAINTENANCE_DATABASE, ({ run }) =>
    run<Named>(
      'look for what moves left',
      `select 'replication slot' as kind, slot_name as name from pg_replication_slots
        where starts_with(slot_name, $1) or (database = any ($2) and slot_name ~ '^pg_[0-9]+_sync_')
       union all select 'subscription', subname from pg_subscription where starts_with(subname, $1)
       union all select 'role', rolname from pg_roles where starts_with(rolname, $1) order by 1, 2`,
      [prefix, databases],
    ),
  )
  const found: Leftover[] = outside.map((row) => ({ ...row, where: SERVER }))
  for (const database of databases) {
    const inside = await inDatabase(server, database, ({ run }) =>
      run<Named>(
        'look for what moves left',
        `select 'publication' as kind, pubname as name from pg_publication where starts_with(pubname, $1)
         union all select 'schema', nspname from pg_namespace where starts_with(nspname, $1)
         union all select 'trigger', tgname || ' on ' || tgrelid::regclass from pg_trigger
                    where starts_with(tgname, $1) and not tgisinternal order by 1, 2`,
        [prefix],
      ),
    )
    found.push(...inside.map((row) => ({ ...row, where: `database ${database}` })))
  }
  return found
}

/** One that goes while it is looked at has nothing left in it. */
const inDatabase: (
  server: ProductServer,
  database: string,
  look: (statements: Statements) => Promise<Named[]>,
) => Promise<Named[]> = (server, database, look) =>
  server.session(database, look).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'database.missing') return []
    throw error
  })
