import { escapeIdentifier as id } from 'pg'
import type { Statements } from '../product-server.ts'
import { NAME_PREFIX } from './move.ts'

export type Column = {
  name: string
  type: string
  notNull: boolean
  default: string | null
  generated: string
  identity: string
  collation: string | null
}
/** A foreign key of a table, and whether both of its ends compare their `tenant_id`. */
type ForeignKey = { name: string; paired: boolean }

/** A table with a `tenant_id` as the catalogue describes it; `table` is its quoted name. */
export type MoveTable = {
  table: string
  schema: string
  name: string
  kind: 'r' | 'p'
  persistence: string
  inherits: boolean
  /** `d` by primary key, `i` by an index, `f` by the whole row, `n` by nothing. */
  identity: string
  identityKey: string[] | null
  columns: Column[]
  /** Columns of the primary key, in its order. */
  key: string[]
  constraints: string[]
  /** Unique indexes by their columns; of an expression only its other columns are listed. */
  uniques: { name: string; definition: string; columns: string[] }[]
  triggers: string[]
  /** Triggers that fire for replicated rows, too. */
  always: string[]
  foreignKeys: ForeignKey[]
  /** Estimates of the whole table, all tenants: rows (-1 when unknown) and bytes on disk. */
  rows: number
  bytes: number
}

const columnsOf = (index: string, condition: string) => `
  (select jsonb_agg(a.attname order by array_position(${index}.indkey::int2[], a.attnum))
     from pg_index ${index} join pg_attribute a on a.attrelid = ${index}.indrelid and a.attnum = any (${index}.indkey)
    where ${index}.indrelid = c.oid and ${condition})`

const LOOK = `
  select n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence, c.relreplident as identity,
    c.reltuples::float8 as rows, pg_table_size(c.oid)::float8 as bytes,
    exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)) as inherits,
    coalesce(${columnsOf('k', 'k.indisprimary')}, '[]') as key,
    ${columnsOf('r', 'r.indisreplident')} as "identityKey",
    (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
              'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated, 'identity', a.attidentity,
              'collation', (select l.collname from pg_collation l where l.oid = a.attcollation)) order by a.attnum)
       from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    coalesce((select jsonb_agg(k.conname || ': ' || pg_get_constraintdef(k.oid) order by k.conname) from pg_constraint k
      where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')), '[]') as constraints,
    coalesce((select jsonb_agg(jsonb_build_object('name', ic.relname, 'definition', pg_get_indexdef(u.indexrelid), 'columns',
              (select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum = any (u.indkey))) order by ic.relname)
       from pg_index u join pg_class ic on ic.oid = u.indexrelid
      where u.indrelid = c.oid and (u.indisunique or u.indisexclusion)), '[]') as uniques,
    coalesce((select jsonb_agg(pg_get_triggerdef(t.oid) order by t.tgname) from pg_trigger t
      where t.tgrelid = c.oid and not t.tgisinternal and not starts_with(t.tgname, $1)), '[]') as triggers,
    coalesce((select jsonb_agg(t.tgname order by t.tgname) from pg_trigger t
      where t.tgrelid = c.oid and t.tgenabled in ('A', 'R')), '[]') as always,
    coalesce((select jsonb_agg(jsonb_build_object('name', k.conname, 'paired', exists (
                select from unnest(k.conkey, k.confkey) as p(here, there)
                  join pg_attribute h on h.attrelid = k.conrelid and h.attnum = p.here and h.attname = 'tenant_id'
                  join pg_attribute t on t.attrelid = k.confrelid and t.attnum = p.there and t.attname = 'tenant_id')) order by k.conname)
       from pg_constraint k where k.contype = 'f' and c.oid in (k.conrelid, k.confrelid)), '[]') as "foreignKeys"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  order by 1, 2`

/** Every table of tenants with all that decides whether its rows can move. */
export async function describeTables({ run }: Statements): Promise<MoveTable[]> {
  const found = await run<Omit<MoveTable, 'table'>>('describe the tables of tenants', LOOK, [NAME_PREFIX])
  return found.map((table) => ({ ...table, table: `${id(table.schema)}.${id(table.name)}` }))
}

/** A sequence of the database; `last` is the last value that it gave out, null before the first. */
export type Sequence = { name: string; increment: string; cycle: boolean; last: string | null }

/** Every sequence of the product, by quoted name. */
export const readSequences = async ({ run }: Statements): Promise<Sequence[]> =>
  run<Sequence>(
    'read the sequences',
    `select format('%I.%I', schemaname, sequencename) as name, increment_by::text as increment, cycle, last_value::text as last
       from pg_sequences where not starts_with(schemaname, $1) order by 1`,
    [NAME_PREFIX],
  )
