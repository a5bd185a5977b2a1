import { escapeIdentifier as id, escapeLiteral as literal } from 'pg'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { type Link, unlinked } from '../kubernetes/link.ts'
import { fenced, type Held } from './fence.ts'
import { databaseProblems } from './postgres.errors.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { scramVerifier, verifies } from './scram.ts'

/** Login that looks for leftovers with another credential; it must get into every database. */
export const SWEEP_LOGIN = 'steward_sweep'
export const fenceOf = (names: Pick<UnitNames, 'database'>): string => `database:${names.database}`

export type UnitPasswords = { owner: string; app: string; copy: string }
export type UnitDatabase = {
  names: UnitNames
  passwords: UnitPasswords
  epoch: number
  /** Default: those of a cell. */
  limits?: LoginLimits
}
/** What keeps one unit from taking the database cluster away from the others; the product may ask for less, never for more connections. */
export type LoginLimits = {
  /** Connections the product's own login may hold at once. */
  connections: number
  /** Longest time of a statement that does not set its own. */
  statementTimeoutMs: number
}

/**
 * Makes a unit's database with its three logins: the owner, who migrates; the product's own, which may only read and write
 * rows of what the owner creates and is bound by row-level security; and the one that copies rows across tenants. A repeat
 * changes nothing, and one that crashed at any statement is finished by a repeat. Passwords leave this process as SCRAM
 * verifiers only. Throws `effect.fenced`, `database.foreign` and what else `databaseProblems` lists.
 */
export async function createUnitDatabase(
  server: ProductServer,
  wanted: UnitDatabase,
  link: Link = unlinked,
): Promise<void> {
  const { names, epoch } = wanted
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, async (held) => {
    const watched = watchedBy(held, names, link)
    await server.session(MAINTENANCE_DATABASE, async (raw) => {
      const statements = watched(raw)
      await ensureLogins(statements, wanted)
      await ensureDatabase(statements, names)
      for (const grant of await databaseGrants(statements, names)) await statements.run('grant the database', grant)
    })
    await server.session(names.database, async (raw) => {
      const statements = watched(raw)
      for (const grant of schemaGrants(names)) await statements.run('grant the schema', grant)
    })
  })
}

/** Statements of an effect on a unit's database: each is refused once the fence is lost, and said. */
export const watchedBy =
  (held: Held, { database }: Pick<UnitNames, 'database'>, link: Link) =>
  (statements: Statements): Statements => ({
    ...statements,
    run(what, text, values) {
      held()
      link.onEvent?.({ message: `${database}: ${what}` })
      return statements.run(what, text, values)
    },
  })

/**
 * What a cell's product may hold of the database cluster: pools of 8 for two pods, as many while they roll, and room. Statements of a
 * tenant are bounded by its own limit; this one is for those that are nobody's, above the largest that a tenant can have.
 */
export const CELL_LIMITS: LoginLimits = { connections: 40, statementTimeoutMs: 60_000 }

export type Login = { login: keyof UnitPasswords; name: string; connectionLimit: number; bypassesRls: boolean }
/** The logins of a unit: none may more than read and write, or own, what is in its database. */
export const loginsOf = (names: UnitNames, limits: LoginLimits = CELL_LIMITS): Login[] => [
  { login: 'owner', name: names.ownerRole, connectionLimit: 5, bypassesRls: false },
  { login: 'app', name: names.appRole, connectionLimit: Math.trunc(limits.connections), bypassesRls: false },
  { login: 'copy', name: names.copyRole, connectionLimit: 5, bypassesRls: true },
]

/** Makes the logins of a unit, or gives those that are there their rights, limits and passwords. */
export async function ensureLogins(
  statements: Statements,
  { names, passwords, limits = CELL_LIMITS }: Omit<UnitDatabase, 'epoch'>,
): Promise<void> {
  for (const login of loginsOf(names, limits)) await ensureLogin(statements, login, passwords[login.login])
  await setTimeouts(statements, { names, limits })
}

async function ensureLogin(
  statements: Statements,
  { name, connectionLimit, bypassesRls }: Login,
  password: string,
): Promise<void> {
  const [found] = await statements.run<{ verifier: string | null }>(
    'look for a role',
    'select rolpassword as verifier from pg_authid where rolname = $1',
    [name],
  )
  const plain = 'login nosuperuser nocreatedb nocreaterole noreplication'
  const settings = `${plain} ${bypassesRls ? 'bypassrls' : 'nobypassrls'} connection limit ${connectionLimit}`
  if (!found) {
    await statements.run(
      'create a role',
      `create role ${id(name)} ${settings} password ${literal(scramVerifier(password))}`,
    )
    return
  }
  await statements.run('set a role right', `alter role ${id(name)} ${settings}`)
  if (verifies(found.verifier, password)) return
  await statements.run('set a role’s password', `alter role ${id(name)} password ${literal(scramVerifier(password))}`)
}

/** A default of the login: sessions have it before the product says anything. */
const setTimeouts = (
  { run }: Statements,
  { names, limits }: { names: UnitNames; limits: LoginLimits },
): Promise<unknown> =>
  run(
    'bound statements of the product',
    `alter role ${id(names.appRole)} set statement_timeout = ${Math.trunc(limits.statementTimeoutMs)}`,
  )

/**
 * Sets other limits on the product's own login; sessions that are open keep theirs. Throws `effect.fenced` and what else
 * `databaseProblems` lists.
 */
export async function limitUnitDatabase(
  server: ProductServer,
  { names, limits, epoch }: { names: UnitNames; limits: LoginLimits; epoch: number },
  link: Link = unlinked,
): Promise<void> {
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, (held) =>
    server.session(MAINTENANCE_DATABASE, async (statements) => {
      held()
      const connections = Math.trunc(limits.connections)
      await statements.run(
        'bound connections of the product',
        `alter role ${id(names.appRole)} connection limit ${connections}`,
      )
      held()
      await setTimeouts(statements, { names, limits })
    }),
  )
}

async function ensureDatabase(statements: Statements, { database, ownerRole }: UnitNames): Promise<void> {
  const [found] = await statements.run<{ owner: string; valid: boolean }>(
    'look for the database',
    'select pg_get_userbyid(datdba) as owner, datconnlimit <> -2 as valid from pg_database where datname = $1',
    [database],
  )
  if (found && found.owner !== ownerRole)
    throw databaseProblems['database.foreign']({
      detail: `database ${database} belongs to ${found.owner}, not to ${ownerRole}`,
    })
  if (found?.valid) return
  if (found) await statements.run('drop a database whose removal broke off', `drop database ${id(database)}`)
  await statements.run(
    'create the database',
    `create database ${id(database)} owner ${id(ownerRole)} template template0 encoding 'UTF8'`,
  )
}

/** Nobody but the unit's logins (and the sweeper) gets in. */
export async function databaseGrants(statements: Statements, names: UnitNames): Promise<string[]> {
  const sweeper = await statements.run('look for the sweeper', 'select 1 from pg_roles where rolname = $1', [
    SWEEP_LOGIN,
  ])
  const database = id(names.database)
  const guests = [names.appRole, names.copyRole, ...(sweeper.length > 0 ? [SWEEP_LOGIN] : [])]
  return [
    `revoke all on database ${database} from public`,
    `grant connect on database ${database} to ${guests.map(id).join(', ')}`,
  ]
}

/** Default privileges name the owner, so they cover whatever its migrations create later, in any schema. */
export function schemaGrants(names: UnitNames): string[] {
  const [owner, app, copy] = [id(names.ownerRole), id(names.appRole), id(names.copyRole)]
  const byOwner = `alter default privileges for role ${owner}`
  return [
    `alter schema public owner to ${owner}`,
    'revoke all on schema public from public',
    `grant usage on schema public to ${app}, ${copy}`,
    `${byOwner} revoke execute on functions from public`,
    `${byOwner} grant usage on schemas to ${app}, ${copy}`,
    `${byOwner} grant select, insert, update, delete on tables to ${app}, ${copy}`,
    `${byOwner} grant usage, select on sequences to ${app}, ${copy}`,
    `${byOwner} grant execute on functions to ${app}, ${copy}`,
  ]
}

/**
 * Drops a unit's database, ending its connections, and its logins. A repeat changes nothing. Throws `effect.fenced`,
 * `database.foreign` when the database is not its owner's, and what else `databaseProblems` lists.
 */
export async function dropUnitDatabase(
  server: ProductServer,
  { names, epoch }: { names: UnitNames; epoch: number },
  link: Link = unlinked,
): Promise<void> {
  await fenced(server, { subject: fenceOf(names), epoch }, link.signal, (held) =>
    server.session(MAINTENANCE_DATABASE, async ({ run }) => {
      const [found] = await run<{ owner: string }>(
        'look for the database',
        'select pg_get_userbyid(datdba) as owner from pg_database where datname = $1',
        [names.database],
      )
      if (found && found.owner !== names.ownerRole)
        throw databaseProblems['database.foreign']({ detail: `database ${names.database} belongs to ${found.owner}` })
      held()
      link.onEvent?.({ message: `dropping database ${names.database}` })
      await run('drop the database', `drop database if exists ${id(names.database)} with (force)`)
      for (const role of [names.appRole, names.copyRole, names.ownerRole]) {
        held()
        await run('drop a role', `drop role if exists ${id(role)}`)
      }
    }),
  )
}
