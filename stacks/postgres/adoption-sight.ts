import { escapeIdentifier as id } from 'pg'
import type { Conflict, ResourceChange } from '../../control-plane/domain/change-plan.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { canonical, sha256 } from '../kubernetes/canonical.ts'
import { hasCode } from '../kubernetes/kubernetes.errors.ts'
import { describeDatabase } from './adoption.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { tenantTableStates, type TenantTableState } from './table-drift.ts'

/** What is to be adopted: a database that is there, the names its unit would have, and whose rows may be in it. */
export type AdoptableDatabase = {
  names: UnitNames
  tenantId: string
  /** An adoption that broke off has begun to take it: the unit's logins may be there. */
  begun: boolean
}
export type ObservedDatabase = {
  resources: ResourceChange[]
  /** What there is, by digest: it must not move before it is taken over. */
  parts: { part: string; version: string | null }[]
  conflicts: Conflict[]
  /** Whose it is; null: there is none. */
  owner: string | null
}

/**
 * Says what adopting a database would do, with the login that can only read, and changes nothing: the logins that would be made, whose
 * the database and its tables are, and what stands against it. Throws what `databaseProblems` lists.
 */
export async function observeDatabase(reader: ProductServer, adoptable: AdoptableDatabase): Promise<ObservedDatabase> {
  const { names, tenantId, begun } = adoptable
  const object = `database ${names.database}`
  const found = await describeDatabase(reader, names)
  if (found === undefined)
    return {
      resources: [],
      parts: [],
      conflicts: [{ object, reason: 'it does not exist, or nobody may enter it' }],
      owner: null,
    }
  const logins = [names.ownerRole, names.appRole, names.copyRole]
  const taken = await reader.session(MAINTENANCE_DATABASE, ({ run }) =>
    run<{ name: string }>(
      'look for roles',
      'select rolname as name from pg_roles where rolname = any ($1) order by 1',
      [logins],
    ),
  )
  const { tables, conflicts } = await reader.session(names.database, async (statements) => {
    await statements.run('begin', 'begin transaction read only')
    await statements.run('see every row or none', 'set local row_security = off') // a filter would say that nobody else is there
    const states = await tenantTableStates(statements, names)
    const seen = [...(await strangersTables(statements, found.owner)), ...states.flatMap(unguarded)]
    for (const table of states) seen.push(...(await othersRows(statements, table, tenantId)))
    const all = await everyTable(statements)
    await statements.run('end', 'rollback')
    return { tables: all, conflicts: seen }
  })
  return {
    resources: [changedDatabase(names, found.owner), ...logins.map(madeRole)],
    parts: [
      { part: object, version: sha256(canonical(found)).slice(0, 16) },
      ...tables.map(({ name, ...table }) => ({
        part: `table ${name}`,
        version: sha256(canonical(table)).slice(0, 16),
      })),
    ],
    conflicts: [
      ...(begun ? [] : taken).map(({ name }) => ({
        object: `role ${name}`,
        reason: 'it exists, and the unit makes one of this name',
      })),
      ...conflicts,
    ],
    owner: found.owner,
  }
}

const plain = { replacedFor: [], wanted: null, protected: false } as const
const changedDatabase = ({ database, ownerRole }: UnitNames, owner: string): ResourceChange => ({
  ...plain,
  resource: database,
  kind: 'Database',
  action: 'adopt',
  changed: [`owner: ${owner} becomes ${ownerRole}, of which ${owner} is a member then`, 'rights of everybody: none'],
})
const madeRole = (name: string): ResourceChange => ({
  ...plain,
  resource: name,
  kind: 'Role',
  action: 'create',
  changed: [],
})

/** What row-level security does not keep. */
const unguarded = ({ object, enabled, forced, open }: TenantTableState): Conflict[] => [
  ...(enabled && forced ? [] : [{ object, reason: 'row-level security is not enabled and forced on it' }]),
  ...open.map((policy) => ({ object, reason: `its policy ${policy} asks for no tenant` })),
]

async function othersRows(
  { run }: Statements,
  { object, target }: TenantTableState,
  tenantId: string,
): Promise<Conflict[]> {
  try {
    const text = `select exists (select from ${target} where tenant_id::text is distinct from $1) as others`
    const [row] = await run<{ others: boolean }>('look for rows of others', text, [tenantId])
    return row?.others === true ? [{ object, reason: `it holds rows of another tenant than ${tenantId}` }] : []
  } catch (error) {
    if (!hasCode(error, 'database.forbidden')) throw error
    await run('begin again', 'rollback')
    await run('begin again', 'begin transaction read only')
    await run('see every row or none', 'set local row_security = off')
    return [{ object, reason: 'the reading login may not look whose rows it holds' }]
  }
}

type Table = { name: string; schema: string; owner: string }
const LOOK = `
  select format('%I.%I', n.nspname, c.relname) as name, n.nspname as schema, pg_get_userbyid(c.relowner) as owner,
         c.oid::text as oid, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, coalesce(c.relacl::text, '') as rights
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1`
const everyTable = ({ run }: Statements): Promise<Table[]> => run<Table>('look at the tables', LOOK)

/** What is not its owner's would not become the unit's, and the unit could not migrate it. */
async function strangersTables(statements: Statements, owner: string): Promise<Conflict[]> {
  const tables = await everyTable(statements)
  return tables
    .filter((table) => table.owner !== owner)
    .map(({ name, owner: whose }) => ({
      object: `table ${name}`,
      reason: `it belongs to ${id(whose)}, the database to ${id(owner)}`,
    }))
}
