import type { Sighting } from '../../control-plane/domain/contract.ts'
import type { Statements } from '../postgres/product-server.ts'
import { saw, type Seen } from './sighting.ts'

type Table = {
  table: string
  hasTenant: boolean
  /** Whether the product's own login may write rows. */
  writable: boolean
  primaryKey: string[]
  enabled: boolean
  forced: boolean
  bound: boolean
  /** Policies that let the product's own login see more than one tenant's rows. */
  open: string[]
  unindexed: string[]
}

const TABLES = `
  with policies as (
    select p.*, (select oid from pg_roles where rolname = $1) = any (p.polroles) or 0::oid = any (p.polroles) as theirs,
           coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), '') as expression
      from pg_policy p
  )
  select n.nspname || '.' || c.relname as "table",
         exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as "hasTenant",
         has_table_privilege($1::text, c.oid, 'INSERT') or has_table_privilege($1::text, c.oid, 'UPDATE')
           or has_table_privilege($1::text, c.oid, 'DELETE') as writable,
         coalesce((select array_agg(a.attname::text order by a.attname)
                     from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                    where i.indrelid = c.oid and i.indisprimary), '{}') as "primaryKey",
         c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         exists (select from policies p where p.polrelid = c.oid and p.theirs and p.expression like '%app.tenant_id%') as bound,
         coalesce((select array_agg(p.polname::text order by p.polname) from policies p
                    where p.polrelid = c.oid and p.theirs and p.polpermissive
                       and (p.expression not like '%app.tenant_id%'
                            or pg_get_expr(p.polwithcheck, p.polrelid) not like '%app.tenant_id%')), '{}') as open,
         coalesce((select array_agg(k.conname::text order by k.conname) from pg_constraint k
                    where k.conrelid = c.oid and k.contype = 'f' and not exists (
                      select from pg_index i where i.indrelid = k.conrelid and i.indpred is null
                         and (select array_agg(x order by x) from unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) x)
                           = (select array_agg(x order by x) from unnest(k.conkey) x))), '{}') as unindexed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
     and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
   order by 1`

/** Looks at the catalogue of a unit's database: nothing is read but how tables are made. `login` is the product's own. */
export async function tableClauses({ run }: Statements, login: string): Promise<Seen> {
  const tables = await run<Table>('look at the tables of the product', TABLES, [login])
  const mine = tables.filter(({ hasTenant }) => hasTenant)
  if (mine.length === 0) {
    const none = [saw('tables that carry tenant_id', 'at least one', 'none', false)]
    return {
      'tables.tenant-id': none,
      'tables.primary-key': none,
      'tables.row-security': none,
      'tables.foreign-keys': none,
    }
  }
  const list = (names: readonly string[]) => names.join(', ') || 'none'
  return {
    'tables.tenant-id': tables
      .filter(({ writable }) => writable)
      .map(({ table, hasTenant }) =>
        saw(`${table}, which the product writes`, 'a column tenant_id', hasTenant ? 'there' : 'missing', hasTenant),
      ),
    'tables.primary-key': mine.map(({ table, primaryKey }) =>
      saw(`primary key of ${table}`, 'tenant_id in it', list(primaryKey), primaryKey.includes('tenant_id')),
    ),
    'tables.row-security': mine.map(rowSecurity),
    'tables.foreign-keys': mine.map(({ table, unindexed }) =>
      saw(`foreign keys of ${table} without an index`, 'none', list(unindexed), unindexed.length === 0),
    ),
  }
}

function rowSecurity({ table, enabled, forced, bound, open }: Table): Sighting {
  const faults = [
    ...(enabled ? [] : ['not enabled']),
    ...(forced ? [] : ['not forced, so that it does not bind the owner']),
    ...(bound ? [] : ['no policy by app.tenant_id']),
    ...open.map((policy) => `policy ${policy} lets the product past it`),
  ]
  const expected = 'enabled, forced, and by app.tenant_id alone'
  return saw(`row-level security of ${table}`, expected, faults.join('; ') || expected, faults.length === 0)
}
