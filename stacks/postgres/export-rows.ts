import { escapeIdentifier, escapeLiteral } from 'pg'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Link } from '../kubernetes/link.ts'
import { databaseProblems } from './postgres.errors.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'

/** Rows fetched at once: what is held in memory at most. */
const BATCH = 500

export type RowSection = { name: string; lines: AsyncIterable<string> }
/** `none`: there is no such database, so there are no rows. */
export type RowsRead = { data: 'rows' | 'database' | 'none'; sections: AsyncIterable<RowSection> }

/**
 * Reads rows as JSON, one a line as PostgreSQL writes them, table by table as they all were at one moment: those of one tenant, or
 * (`tenantId` null) every row of the database and where its sequences stand. `use` reads the sections one after the other. Throws
 * `database.*`, and `export.large-objects` for a database that holds what is in no table.
 */
export async function exportRows<T>(
  server: ProductServer,
  { names, tenantId }: { names: UnitNames; tenantId: string | null },
  use: (rows: RowsRead) => Promise<T>,
  link: Link,
): Promise<T> {
  const found = await server.session(MAINTENANCE_DATABASE, ({ run }) =>
    run('look for the database', 'select 1 from pg_database where datname = $1', [names.database]),
  )
  if (found.length === 0) return use({ data: 'none', sections: none() })
  return server.session(names.database, async (statements) => {
    await statements.run('see every row', 'set row_security = off') // where it would hide rows, PostgreSQL refuses instead
    await statements.run('keep one moment', 'begin isolation level repeatable read read only')
    try {
      if (tenantId === null) await refuseLargeObjects(statements)
      return await use({
        data: tenantId === null ? 'database' : 'rows',
        sections: sectionsOf(statements, tenantId, link),
      })
    } finally {
      await statements.run('let the moment go', 'rollback').catch(() => {})
    }
  })
}

async function* none(): AsyncGenerator<RowSection> {}

async function refuseLargeObjects({ run }: Statements): Promise<void> {
  const [row] = await run<{ count: number }>(
    'look for large objects',
    'select count(*)::int as count from pg_largeobject_metadata',
  )
  if (row && row.count > 0)
    throw databaseProblems['export.large-objects']({ detail: `${row.count} large objects are in no table` })
}

async function* sectionsOf(statements: Statements, tenantId: string | null, link: Link): AsyncGenerator<RowSection> {
  for (const { table, columns, own } of await tablesOf(statements)) {
    if (tenantId !== null && !own) continue
    const list = columns.map((name) => escapeIdentifier(name)).join(', ')
    const filter = tenantId === null ? '' : ` where tenant_id = ${escapeLiteral(tenantId)}`
    link.onEvent?.({ message: `reading ${table}` })
    yield { name: `table ${table}`, lines: linesOf(statements, table, `select ${list} from ${table}${filter}`, link) }
  }
  if (tenantId === null) yield { name: 'sequences', lines: sequencesOf(statements) }
}

async function* linesOf({ run }: Statements, table: string, rows: string, link: Link): AsyncGenerator<string> {
  await run(
    `read ${table}`,
    `declare rows_out no scroll cursor for select row_to_json(r)::text as line from (${rows}) as r`,
  )
  for (let more = true; more;) {
    link.signal.throwIfAborted()
    const batch = await run<{ line: string }>(`read rows of ${table}`, `fetch ${BATCH} from rows_out`)
    for (const { line } of batch) yield line
    more = batch.length === BATCH
  }
  await run(`end reading ${table}`, 'close rows_out')
}

async function* sequencesOf({ run }: Statements): AsyncGenerator<string> {
  const rows = await run<{ line: string }>(
    'read sequences',
    `select json_build_object('schema', schemaname, 'name', sequencename, 'lastValue', last_value)::text as line
       from pg_sequences where schemaname <> 'information_schema' and schemaname !~ '^pg_' order by 1`,
  )
  for (const { line } of rows) yield line
}

type Table = { table: string; columns: string[]; own: boolean }
/** Ordinary and partitioned tables (a parent stands for its partitions) with the columns that can be written back. */
async function tablesOf({ run }: Statements): Promise<Table[]> {
  const rows = await run<{ schema: string; name: string; columns: string[]; own: boolean }>(
    'look for tables',
    `select n.nspname as schema, c.relname as name, bool_or(a.attname = 'tenant_id') as own,
            array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
        and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
        and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
      group by 1, 2 order by 1, 2`,
  )
  return rows.map(({ schema, name, columns, own }) => ({
    table: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    columns,
    own,
  }))
}
