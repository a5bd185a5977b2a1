import { escapeIdentifier } from 'pg'
import type { Statements } from './product-server.ts'

/** A table with a `tenant_id` column: quoted name, and the quoted names of the tables its foreign keys point at. */
export type TenantTable = { table: string; references: readonly string[] }

type Row = { schema: string; name: string; refs: { schema: string; name: string }[] }
const quoted = ({ schema, name }: { schema: string; name: string }) =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`

/** Every table of the database that carries a `tenant_id`, partitions counted with their parent, and who refers to whom. */
export async function tenantTables({ run }: Statements): Promise<TenantTable[]> {
  const rows = await run<Row>(
    'look for tables of tenants',
    `select n.nspname as schema, c.relname as name, coalesce(
              (select json_agg(json_build_object('schema', rn.nspname, 'name', rc.relname))
                 from pg_constraint k join pg_class rc on rc.oid = k.confrelid join pg_namespace rn on rn.oid = rc.relnamespace
                where k.conrelid = c.oid and k.contype = 'f'), '[]') as refs
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      order by 1, 2`,
  )
  return rows.map(({ refs, ...row }) => ({ table: quoted(row), references: refs.map(quoted) }))
}

/**
 * The order in which rows can be deleted: groups, those that refer before those that are referred to. Tables that refer to
 * each other in a circle (or to themselves) share a group: their rows must go in one statement.
 */
export function deletionOrder(tables: readonly TenantTable[]): TenantTable[][] {
  const byName = new Map(tables.map((one) => [one.table, one]))
  const reaches = (from: TenantTable): Set<string> => {
    const seen = new Set<string>()
    const open = [...from.references]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      open.push(...(byName.get(next)?.references ?? []))
    }
    return seen
  }
  const reachable = new Map(tables.map((one) => [one.table, reaches(one)]))
  const refers = (a: string, b: string): boolean => reachable.get(a)?.has(b) ?? false
  const groups = tables.reduce<TenantTable[][]>((made, one) => {
    const circle = made.find(([first]) => first && refers(one.table, first.table) && refers(first.table, one.table))
    if (circle) circle.push(one)
    else made.push([one])
    return made
  }, [])
  // a table that (indirectly) refers to another reaches, itself counted, strictly more tables than that one: fewest last
  const weight = ([first]: readonly TenantTable[]) =>
    first ? new Set(reachable.get(first.table)).add(first.table).size : 0
  return groups.toSorted((a, b) => weight(b) - weight(a))
}

/** Whether the rows of a group must be deleted by one statement. */
export const isCircle = (group: readonly TenantTable[]): boolean =>
  group.length > 1 || group.some(({ table, references }) => references.includes(table))
