import { escapeIdentifier as id } from 'pg'
import type { Difference } from '../../control-plane/domain/drift.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { NAME_PREFIX } from './move/move.ts'
import type { Statements } from './product-server.ts'
import { SWEEP_LOGIN } from './unit-database.ts'

/** What everybody may, in grants and in catalogues of ours. */
const PUBLIC = 'public'
type Right = { grantee: string; privilege: string }

/** Something that rights are given on: its name for people, how statements name it, who may what of it and who should. */
export type Securable = {
  object: string
  target: string
  /** What a statement begins with, where it is about things that do not exist yet. */
  prefix: string
  wanted: Readonly<Record<string, readonly string[]>>
  found: readonly Right[]
}

const ROWS = ['DELETE', 'INSERT', 'SELECT', 'UPDATE']
const granted = (acl: string, owner: string) => `
  select coalesce(pg_get_userbyid(nullif(a.grantee, 0)), '${PUBLIC}') as grantee, a.privilege_type as privilege
    from aclexplode(${acl}) a where a.grantee <> ${owner}`

/** The rights on a unit's database itself; asked in any database of the server. */
export async function databaseRights({ run }: Statements, names: UnitNames): Promise<Securable> {
  const found = await run<Right>(
    'look at the rights on the database',
    `select g.* from pg_database d cross join lateral (${granted("coalesce(d.datacl, acldefault('d', d.datdba))", 'd.datdba')}) g
      where d.datname = $1 order by 1, 2`,
    [names.database],
  )
  const wanted = {
    [names.appRole]: ['CONNECT'],
    [names.copyRole]: ['CONNECT'],
    [SWEEP_LOGIN]: ['CONNECT'],
    [PUBLIC]: [],
  }
  const sweeps = found.some(({ grantee }) => grantee === SWEEP_LOGIN)
  return {
    object: `database ${names.database}`,
    target: `database ${id(names.database)}`,
    prefix: '',
    wanted: sweeps ? wanted : { ...wanted, [SWEEP_LOGIN]: [] }, // a region without a sweeper has no such login
    found,
  }
}

type Named = { schema: string; name: string }
export type TenantTableName = Named & { target: string; object: string }

/** The rights inside a unit's database: on its schema, on each table of tenants, and on what its owner will make. */
export async function innerRights(
  statements: Statements,
  names: UnitNames,
  tables: readonly TenantTableName[],
): Promise<Securable[]> {
  const schema = await statements.run<Right>(
    'look at the rights on the schema',
    `select g.* from pg_namespace n cross join lateral (${granted("coalesce(n.nspacl, acldefault('n', n.nspowner))", 'n.nspowner')}) g
      where n.nspname = 'public' order by 1, 2`,
  )
  const both = (privileges: readonly string[]) => ({
    [names.appRole]: privileges,
    [names.copyRole]: privileges,
    [PUBLIC]: [],
  })
  const all: Securable[] = [
    {
      object: `schema ${names.database} public`,
      target: 'schema public',
      prefix: '',
      wanted: both(['USAGE']),
      found: schema,
    },
  ]
  for (const { object, target } of tables) {
    const found = await statements.run<Right>(
      'look at the rights on a table',
      `select g.* from pg_class c cross join lateral (${granted("coalesce(c.relacl, acldefault('r', c.relowner))", 'c.relowner')}) g
        where c.oid = $1::regclass order by 1, 2`,
      [target],
    )
    all.push({ object, target: `table ${target}`, prefix: '', wanted: both(ROWS), found })
  }
  for (const one of DEFAULTS) all.push(await defaultRights(statements, names, one))
  return all
}

/** Kinds of things by their letters in `pg_default_acl` and in `acldefault`. */
const DEFAULTS = [
  { things: 'schemas', letter: 'n', builtIn: 'n', privileges: ['USAGE'] },
  { things: 'tables', letter: 'r', builtIn: 'r', privileges: ROWS },
  { things: 'sequences', letter: 'S', builtIn: 's', privileges: ['SELECT', 'USAGE'] },
  { things: 'functions', letter: 'f', builtIn: 'f', privileges: ['EXECUTE'] },
] as const

async function defaultRights(
  { run }: Statements,
  { appRole, copyRole, ownerRole, database }: UnitNames,
  { things, letter, builtIn, privileges }: (typeof DEFAULTS)[number],
): Promise<Securable> {
  const acl = `coalesce((select defaclacl from pg_default_acl
      where defaclrole = o.oid and defaclnamespace = 0 and defaclobjtype = '${letter}'), acldefault('${builtIn}', o.oid))`
  const found = await run<Right>(
    'look at the rights on what will be made',
    `select g.* from pg_roles o cross join lateral (${granted(acl, 'o.oid')}) g where o.rolname = $1 order by 1, 2`,
    [ownerRole],
  )
  return {
    object: `future ${things} of ${database}`,
    target: things,
    prefix: `alter default privileges for role ${id(ownerRole)} `,
    wanted: { [appRole]: privileges, [copyRole]: privileges, [PUBLIC]: [] },
    found,
  }
}

const held = ({ found }: Securable, role: string): string[] =>
  found.filter(({ grantee }) => grantee === role).map(({ privilege }) => privilege)
const without = (list: readonly string[], other: readonly string[]): string[] =>
  list.filter((one) => !other.includes(one))

/** Where the rights differ: of a unit's own logins and of everybody as changed, those of others as unknown. */
export function rightDifferences(on: Securable, { ownerRole }: UnitNames): Difference[] {
  const { object, wanted, found } = on
  const ours = Object.entries(wanted).flatMap(([role, privileges]): Difference[] => {
    const has = held(on, role)
    if (without(has, privileges).length + without(privileges, has).length === 0) return []
    const shown = { wanted: JSON.stringify(privileges), found: JSON.stringify(has) }
    return [{ what: 'changed', object, tenantId: null, path: `rights of ${role}`, ...shown }]
  })
  const strangers = new Set(
    found
      .map(({ grantee }) => grantee)
      .filter((name) => !(name in wanted) && name !== ownerRole && !name.startsWith(NAME_PREFIX)), // of a move under way
  )
  return [
    ...ours,
    ...[...strangers].map((name): Difference => ({
      what: 'unknown',
      object: `right of ${name} on ${object}`,
      tenantId: null,
      path: null,
      wanted: null,
      found: null,
    })),
  ]
}

/** Statements that make the rights of a unit's own logins and of everybody what they should be; those of others stay. */
export const rightRepairs = (on: Securable): string[] =>
  Object.entries(on.wanted).flatMap(([role, privileges]) => {
    const has = held(on, role)
    const [excess, missing] = [without(has, privileges), without(privileges, has)]
    const name = role === PUBLIC ? PUBLIC : id(role)
    return [
      ...(excess.length > 0 ? [`${on.prefix}revoke ${excess.join(', ')} on ${on.target} from ${name}`] : []),
      ...(missing.length > 0 ? [`${on.prefix}grant ${missing.join(', ')} on ${on.target} to ${name}`] : []),
    ]
  })
