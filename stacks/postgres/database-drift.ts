import { byPlace, DIFFERS, HIDDEN, type Difference } from '../../control-plane/domain/drift.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Link } from '../kubernetes/link.ts'
import { holdsUrl, knownPasswords, SECRET_KEYS } from './database-secret.ts'
import { loginDifferences } from './login-drift.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { databaseRights, innerRights, rightDifferences } from './rights.ts'
import { tableDifferences, tenantTableStates } from './table-drift.ts'
import type { LoginLimits } from './unit-database.ts'

export type ComparedDatabase = {
  names: UnitNames
  /** What the unit's Secret holds; undefined where there is none. */
  secret: Readonly<Record<string, string>> | undefined
  /** Default: those of a cell. */
  limits?: LoginLimits
}

/**
 * Compares a unit's database with what it was made: its logins, who may what, limits, and row-level security on every table of tenants. Changes
 * nothing, says no secret. Needs the administrator's login, because nobody else may look at passwords. Throws what `databaseProblems` lists.
 */
export async function compareDatabase(
  server: ProductServer,
  { names, secret, limits }: ComparedDatabase,
  link: Link,
): Promise<Difference[]> {
  const passwords = secret === undefined ? {} : knownPasswords(server.address, names, secret)
  const [outside, open] = await reading(server, MAINTENANCE_DATABASE, link, async (statements) => {
    const standing = await databaseStanding(statements, names)
    const logins = await loginDifferences(statements, names, { passwords, limits })
    const rights = standing.there ? rightDifferences(await databaseRights(statements, names), names) : []
    return [[...standing.differences, ...logins, ...rights], standing.open] as const
  })
  const inside = open
    ? await reading(server, names.database, link, async (statements) => {
        const tables = await tenantTableStates(statements, names)
        const rights = await innerRights(statements, names, tables)
        return [
          ...(await schemaDifferences(statements, names)),
          ...tableDifferences(tables),
          ...rights.flatMap((on) => rightDifferences(on, names)),
        ]
      })
    : []
  const urls = secret === undefined ? [] : secretDifferences(server.address, names, secret)
  return [...urls, ...outside, ...inside].toSorted(byPlace)
}

/** Runs statements that can change nothing. */
const reading = <T>(
  server: ProductServer,
  database: string,
  { signal }: Link,
  work: (statements: Statements) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted()
  return server.session(database, async (statements) => {
    await statements.run('begin', 'begin transaction read only')
    try {
      return await work(statements)
    } finally {
      await statements.run('end', 'rollback').catch(() => {})
    }
  })
}

type Standing = { owner: string; allows: boolean; limit: number }

/** Whether the database is there and can be entered; one whose removal broke off is not there. */
export async function databaseStanding(
  { run }: Statements,
  { database, ownerRole }: UnitNames,
): Promise<{ there: boolean; open: boolean; differences: Difference[] }> {
  const [found] = await run<Standing>(
    'look for the database',
    'select pg_get_userbyid(datdba) as owner, datallowconn as allows, datconnlimit as "limit" from pg_database where datname = $1 and datconnlimit <> -2',
    [database],
  )
  const base = { object: `database ${database}`, tenantId: null }
  if (found === undefined)
    return {
      there: false,
      open: false,
      differences: [{ ...base, what: 'missing', path: null, wanted: null, found: null }],
    }
  const fields = [
    ['owner', ownerRole, found.owner],
    ['connections allowed', true, found.allows],
    ['connection limit', -1, found.limit],
  ] as const
  const differences = fields
    .filter(([, wanted, is]) => wanted !== is)
    .map(([path, wanted, is]): Difference => ({
      ...base,
      what: 'changed',
      path,
      wanted: JSON.stringify(wanted),
      found: JSON.stringify(is),
    }))
  return { there: true, open: found.allows, differences }
}

async function schemaDifferences({ run }: Statements, { database, ownerRole }: UnitNames): Promise<Difference[]> {
  const object = `schema ${database} public`
  const [found] = await run<{ owner: string }>(
    'look for the schema',
    `select pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = 'public'`,
  )
  if (found === undefined) return [{ what: 'missing', object, tenantId: null, path: null, wanted: null, found: null }]
  if (found.owner === ownerRole) return []
  const shown = { wanted: JSON.stringify(ownerRole), found: JSON.stringify(found.owner) }
  return [{ what: 'changed', object, tenantId: null, path: 'owner', ...shown }]
}

/** Values of a Secret that cannot be those that were made: another server, database or login, or no password. */
function secretDifferences(
  address: ProductServer['address'],
  names: UnitNames,
  secret: Readonly<Record<string, string>>,
): Difference[] {
  const object = `Secret ${names.namespace}/${names.databaseSecret}`
  return SECRET_KEYS.filter((key) => !holdsUrl(address, names, key, secret[key] ?? '')).map((key) => ({
    what: 'changed',
    object,
    tenantId: null,
    path: `data.${key}`,
    wanted: HIDDEN,
    found: key in secret ? DIFFERS : null,
  }))
}
