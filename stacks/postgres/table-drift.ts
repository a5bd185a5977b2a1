import { escapeIdentifier as id } from 'pg'
import type { Difference } from '../../control-plane/domain/drift.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Statements } from './product-server.ts'
import type { TenantTableName } from './rights.ts'

/** A table with a `tenant_id` and what keeps its tenants apart; `open`: policies for the product that ask for no tenant. */
export type TenantTableState = TenantTableName & { enabled: boolean; forced: boolean; open: string[] }

/** A permissive policy widens what others allow: one that asks for no tenant shows the rows of all. */
const LOOK = `
  select n.nspname as schema, c.relname as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         coalesce((select jsonb_agg(p.polname order by p.polname) from pg_policy p
                    where p.polrelid = c.oid and p.polpermissive
                      and (0 = any (p.polroles) or (select oid from pg_roles where rolname = $1) = any (p.polroles))
                      and ((p.polcmd <> 'a' and coalesce(pg_get_expr(p.polqual, p.polrelid), '') !~ 'app\\.tenant_id')
                           or (p.polwithcheck is not null and pg_get_expr(p.polwithcheck, p.polrelid) !~ 'app\\.tenant_id'))), '[]') as open
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
   where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
     and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
   order by 1, 2`

/** Every table of tenants in a unit's database. */
export async function tenantTableStates({ run }: Statements, names: UnitNames): Promise<TenantTableState[]> {
  const found = await run<Omit<TenantTableState, 'target' | 'object'>>('look at the tables of tenants', LOOK, [
    names.appRole,
  ])
  return found.map((table) => ({
    ...table,
    target: `${id(table.schema)}.${id(table.name)}`,
    object: `table ${names.database} ${table.schema}.${table.name}`,
  }))
}

/** Where row-level security is not what keeps tenants apart. A policy that asks for no tenant is somebody's: reported, never dropped. */
export const tableDifferences = (tables: readonly TenantTableState[]): Difference[] =>
  tables.flatMap(({ object, enabled, forced, open }): Difference[] => {
    const off = (path: string): Difference => ({
      what: 'changed',
      object,
      tenantId: null,
      path,
      wanted: 'true',
      found: 'false',
    })
    return [
      ...(enabled ? [] : [off('row level security')]),
      ...(forced ? [] : [off('row level security forced')]),
      ...open.map((policy): Difference => ({
        what: 'unknown',
        object: `policy ${policy} on ${object}`,
        tenantId: null,
        path: null,
        wanted: null,
        found: null,
      })),
    ]
  })

export const tableRepairs = (tables: readonly TenantTableState[]): string[] =>
  tables.flatMap(({ target, enabled, forced }) => [
    ...(enabled ? [] : [`alter table ${target} enable row level security`]),
    ...(forced ? [] : [`alter table ${target} force row level security`]),
  ])
