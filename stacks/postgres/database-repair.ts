import { escapeIdentifier as id } from 'pg'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { databaseStanding } from './database-drift.ts'
import { fenced } from './fence.ts'
import { loginRepairs } from './login-drift.ts'
import { MAINTENANCE_DATABASE, type ProductServer } from './product-server.ts'
import { databaseRights, innerRights, rightRepairs } from './rights.ts'
import { tableRepairs, tenantTableStates } from './table-drift.ts'
import { databaseGrants, ensureLogins, fenceOf, schemaGrants, type UnitDatabase, watchedBy } from './unit-database.ts'

/** A table that the product holds longer than this makes the repair try again later. */
const LOCK_TIMEOUT_MS = 10_000

/**
 * Gives a unit's database back what it was made with: logins, rights, limits, row-level security. Rights of others and what they made stay.
 * A database that is gone, or somebody else's, is left as it is: an empty one in its place would look whole and hold nothing.
 * A repeat changes nothing. Throws `effect.fenced` and what else `databaseProblems` lists.
 */
export async function repairDatabase(
  server: ProductServer,
  wanted: UnitDatabase,
  link: Link = unlinked,
): Promise<void> {
  const { names, epoch } = wanted
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, async (held) => {
    const watched = watchedBy(held, names, link)
    const open = await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      await ensureLogins(statements, wanted)
      for (const repair of await loginRepairs(statements, names)) await statements.run('repair a login', repair)
      const { there, differences } = await databaseStanding(statements, names)
      if (!there || differences.some(({ path }) => path === 'owner')) return false
      if (differences.length > 0) {
        const database = id(names.database)
        await statements.run(
          'open the database',
          `alter database ${database} allow_connections true connection limit -1`,
        )
      }
      for (const grant of await databaseGrants(statements, names)) await statements.run('grant the database', grant)
      for (const repair of rightRepairs(await databaseRights(statements, names)))
        await statements.run('repair a right', repair)
      return true
    })
    if (!open) return
    await server.session(names.database, async (raw) => {
      const statements = watched(raw)
      await statements.run('bound waiting', `set lock_timeout = ${LOCK_TIMEOUT_MS}`)
      for (const grant of schemaGrants(names)) await statements.run('grant the schema', grant)
      const tables = await tenantTableStates(statements, names)
      for (const repair of tableRepairs(tables)) await statements.run('repair a table', repair)
      for (const on of await innerRights(statements, names, tables))
        for (const repair of rightRepairs(on)) await statements.run('repair a right', repair)
    })
  })
}
