import { escapeIdentifier } from 'pg'
import type { TableCount } from '../../../control-plane/domain/backups.ts'
import type { Link } from '../../kubernetes/link.ts'
import { countLargeObjects } from '../large-objects.ts'
import type { Statements } from '../product-server.ts'

/** Tables that hold rows of their own and are dumped: no parents of partitions, nothing temporary, nothing of an extension or the system. */
const TABLES = `
  select n.nspname as schema, c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
     and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
   order by 1, 2`

/** Rows of every table as the transaction sees them, and large objects where there are any. */
export async function countRows(statements: Statements, { signal }: Pick<Link, 'signal'>): Promise<TableCount[]> {
  const { run } = statements
  const counts: TableCount[] = []
  for (const { schema, name } of await run<{ schema: string; name: string }>('look for tables', TABLES)) {
    signal.throwIfAborted()
    const table = `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`
    const [found] = await run<{ rows: string }>(`count rows of ${table}`, `select count(*) as rows from ${table}`)
    counts.push({ table: `${schema}.${name}`, rows: Number(found?.rows ?? 0) })
  }
  const objects = await countLargeObjects(statements)
  return objects === 0 ? counts : [...counts, { table: 'large objects', rows: objects }]
}
