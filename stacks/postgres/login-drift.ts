import { escapeIdentifier as id } from 'pg'
import { DIFFERS, HIDDEN, type Difference } from '../../control-plane/domain/drift.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Statements } from './product-server.ts'
import { verifies } from './scram.ts'
import { CELL_LIMITS, type Login, type LoginLimits, loginsOf, type UnitPasswords } from './unit-database.ts'

type Found = {
  name: string
  attributes: Record<string, boolean | number>
  verifier: string | null
  memberOf: string[]
  /** `statement_timeout` by database; of the empty name everywhere. */
  timeouts: Record<string, string>
}

const LOOK = `
  select r.rolname as name, r.rolpassword as verifier,
         jsonb_build_object('login', r.rolcanlogin, 'superuser', r.rolsuper, 'create databases', r.rolcreatedb,
           'create roles', r.rolcreaterole, 'replication', r.rolreplication, 'bypass row level security', r.rolbypassrls,
           'connection limit', r.rolconnlimit, 'expires', coalesce(r.rolvaliduntil <> 'infinity', false)) as attributes,
         coalesce((select jsonb_agg(g.rolname order by g.rolname) from pg_auth_members m join pg_roles g on g.oid = m.roleid
                    where m.member = r.oid), '[]') as "memberOf",
         coalesce((select jsonb_object_agg(coalesce(d.datname, ''), split_part(setting, '=', 2))
                     from pg_db_role_setting s left join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) setting
                    where s.setrole = r.oid and setting like 'statement\\_timeout=%'), '{}') as timeouts
    from pg_authid r where r.rolname = any ($1)`

const wantedOf = ({ connectionLimit, bypassesRls }: Login) => ({
  login: true,
  superuser: false,
  'create databases': false,
  'create roles': false,
  replication: false,
  'bypass row level security': bypassesRls,
  'connection limit': connectionLimit,
  expires: false,
})

const look = ({ run }: Statements, logins: readonly Login[]): Promise<Found[]> =>
  run<Found>('look at the logins', LOOK, [logins.map(({ name }) => name)])

/**
 * Where a unit's logins differ from what they were made: gone, other attributes, another password than its Secret says, member
 * of somebody else's role, other limits. `passwords` undefined: nobody knows them.
 */
export async function loginDifferences(
  statements: Statements,
  names: UnitNames,
  { passwords, limits = CELL_LIMITS }: { passwords: Partial<UnitPasswords>; limits?: LoginLimits | undefined },
): Promise<Difference[]> {
  const logins = loginsOf(names, limits)
  const found = new Map((await look(statements, logins)).map((one) => [one.name, one]))
  return logins.flatMap((login): Difference[] => {
    const object = `role ${login.name}`
    const live = found.get(login.name)
    if (live === undefined) return [{ what: 'missing', object, tenantId: null, path: null, wanted: null, found: null }]
    const changed = (path: string, wanted: unknown, is: unknown): Difference[] =>
      JSON.stringify(wanted) === JSON.stringify(is)
        ? []
        : [{ what: 'changed', object, tenantId: null, path, wanted: textOf(wanted), found: textOf(is) }]
    const password = passwords[login.login]
    return [
      ...Object.entries(wantedOf(login)).flatMap(([name, value]) => changed(name, value, live.attributes[name])),
      ...(password === undefined || verifies(live.verifier, password)
        ? []
        : [{ what: 'changed' as const, object, tenantId: null, path: 'password', wanted: HIDDEN, found: DIFFERS }]),
      ...changed('member of', [], live.memberOf),
      ...(login.login === 'app' ? timeoutDifferences(changed, live.timeouts, limits) : []),
    ]
  })
}

const textOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))

function timeoutDifferences(
  changed: (path: string, wanted: unknown, is: unknown) => Difference[],
  { '': everywhere, ...inDatabases }: Record<string, string>,
  { statementTimeoutMs }: LoginLimits,
): Difference[] {
  return [
    ...changed('statement_timeout', String(Math.trunc(statementTimeoutMs)), everywhere),
    ...Object.entries(inDatabases).flatMap(([database, value]) =>
      changed(`statement_timeout in ${database}`, undefined, value),
    ),
  ]
}

/** Statements for what making the logins again does not give back. */
export async function loginRepairs(statements: Statements, names: UnitNames): Promise<string[]> {
  const found = await look(statements, loginsOf(names))
  return found.flatMap(({ name, attributes, memberOf, timeouts }) => [
    ...(attributes['expires'] === true ? [`alter role ${id(name)} valid until 'infinity'`] : []),
    ...memberOf.map((group) => `revoke ${id(group)} from ${id(name)}`),
    ...Object.keys(timeouts)
      .filter((database) => database !== '' && name === names.appRole)
      .map((database) => `alter role ${id(name)} in database ${id(database)} reset statement_timeout`),
  ])
}
