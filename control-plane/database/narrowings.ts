import type { ClientBase } from 'pg'

/** What code can rely on in a schema: columns by table, rights by login, and what rows must keep to. */
export type Shape = {
  columns: ReadonlyMap<string, { type: string; mandatory: boolean; given: boolean }>
  rights: ReadonlySet<string>
  /** With the columns that each speaks of. */
  rules: ReadonlyMap<string, readonly string[]>
}

const COLUMNS = `
  select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as mandatory,
         (a.atthasdef or a.attidentity <> '' or a.attgenerated <> '') as given
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')`
/** Rights on whole tables, on columns and on functions, each as one text. */
const RIGHTS = `
  select grantee || ' may ' || lower(privilege_type) || ' ' || table_name || '.' || column_name as name
    from information_schema.column_privileges where table_schema = 'public' and grantee like 'steward\\_%'
  union select grantee || ' may delete from ' || table_name
    from information_schema.table_privileges where table_schema = 'public' and privilege_type = 'DELETE' and grantee like 'steward\\_%'
  union select grantee || ' may execute ' || routine_name
    from information_schema.routine_privileges where routine_schema = 'public' and grantee like 'steward\\_%'`
/** Checks by their name; unique, exclusion and foreign keys by what they say. */
const RULES = `
  select r.conrelid::regclass || ' ' || case r.contype when 'c' then 'check ' || r.conname else pg_get_constraintdef(r.oid) end as name,
         array(select r.conrelid::regclass || '.' || a.attname from pg_attribute a
                where a.attrelid = r.conrelid and a.attnum = any (r.conkey)) as columns
    from pg_constraint r where r.connamespace = 'public'::regnamespace and r.contype in ('c', 'u', 'x', 'f')
  union all
  select i.indrelid::regclass || ' ' || pg_get_indexdef(i.indexrelid),
         array(select i.indrelid::regclass || '.' || a.attname from pg_attribute a
                where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[]))
    from pg_index i join pg_class c on c.oid = i.indexrelid
   where i.indisunique and not i.indisprimary and c.relnamespace = 'public'::regnamespace
     and not exists (select from pg_constraint r where r.conindid = i.indexrelid)`

/** Reads the shape of a database of the plane. */
export async function readShape(client: ClientBase): Promise<Shape> {
  const names = async (text: string) =>
    new Set((await client.query<{ name: string }>(text)).rows.map(({ name }) => name))
  const { rows } = await client.query<{ name: string; type: string; mandatory: boolean; given: boolean }>(COLUMNS)
  const { rows: rules } = await client.query<{ name: string; columns: string[] }>(RULES)
  return {
    columns: new Map(rows.map(({ name, ...column }) => [name, column])),
    rights: await names(RIGHTS),
    rules: new Map(rules.map(({ name, columns }) => [name, columns])),
  }
}

const tableOf = (name: string): string => name.split(/[ .]/)[0] ?? ''

/**
 * What code written for `before` can no longer do after it, one sentence each; empty when the schema only expanded. A check that was
 * replaced under its own name counts as widened: whether it is, nobody can see from here.
 */
export function narrowings(before: Shape, after: Shape): string[] {
  const known = new Set([...before.columns.keys()].map(tableOf))
  const found: string[] = []
  for (const [name, { type, mandatory }] of before.columns) {
    const now = after.columns.get(name)
    if (!now) found.push(`${name} is gone`)
    else if (now.type !== type) found.push(`${name} was ${type} and is ${now.type}`)
    else if (now.mandatory && !mandatory) found.push(`${name} may no longer be null`)
  }
  for (const [name, { mandatory, given }] of after.columns)
    if (known.has(tableOf(name)) && !before.columns.has(name) && mandatory && !given)
      found.push(`${name} must be given by who never heard of it`)
  const reachable = (right: string) => [...after.columns.keys()].some((column) => right.endsWith(` ${column}`))
  for (const right of before.rights) {
    const ofColumn = right.includes('.')
    if (!after.rights.has(right) && (!ofColumn || reachable(right))) found.push(`no longer: ${right}`)
  }
  for (const [rule, columns] of after.rules)
    if (!before.rules.has(rule) && known.has(tableOf(rule)) && columns.every((column) => before.columns.has(column)))
      found.push(`a new rule for what was there: ${rule}`)
  return found
}
