import { escapeIdentifier, escapeLiteral } from 'pg'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Link } from '../kubernetes/link.ts'
import { countLargeObjects, readLargeObjects, refuseLargeObjects } from './large-objects.ts'
import { MAINTENANCE_DATABASE, type ProductServer, type Statements } from './product-server.ts'
import { readLines } from './read-lines.ts'

export type RowSection = { name: string; lines: AsyncIterable<string> }
/** `none`: there is no such database, so there are no rows. */
export type RowsRead = { data: 'rows' | 'database' | 'none'; sections: AsyncIterable<RowSection> }

type Unit = { names: UnitNames; tenantId: string | null }
/** `reader` can only read. Large objects no such login may read: `owner`, a superuser, does, in a transaction that writes nothing. */
export type RowServers = { reader: ProductServer; owner: ProductServer }

/**
 * Reads rows as JSON, one a line as PostgreSQL writes them, table by table as they all were at one moment: those of one tenant, or
 * (`tenantId` null) every row and large object of the database and where its sequences stand. `use` reads the sections one after the
 * other. Throws `database.*`, and `export.large-objects` for a tenant in a database that holds some: they are nobody's.
 */
export async function exportRows<T>(
  { reader, owner }: RowServers,
  { names: { database }, tenantId }: Unit,
  use: (rows: RowsRead) => Promise<T>,
  link: Link,
): Promise<T> {
  if (!(await isThere(reader, database))) return use({ data: 'none', sections: none() })
  return reader.session(database, async (statements) => {
    await statements.run('see every row', 'set row_security = off') // where it would hide rows, PostgreSQL refuses instead
    return atOneMoment(statements, undefined, async () => {
      if (tenantId !== null) {
        await refuseLargeObjects(statements, database)
        return use({ data: 'rows', sections: sectionsOf(statements, tenantId, link) })
      }
      const sections = sectionsOf(statements, null, link)
      if ((await countLargeObjects(statements)) === 0) return use({ data: 'database', sections })
      const [kept] = await statements.run<{ moment: string }>(
        'share the moment',
        'select pg_export_snapshot() as moment',
      )
      return owner.session(database, (all) =>
        atOneMoment(all, kept?.moment, () =>
          use({ data: 'database', sections: withObjects(sections, readLargeObjects(all, link)) }),
        ),
      )
    })
  })
}

/** Throws what `exportRows` would refuse a tenant for; reads no row. */
export async function inspectExport(
  reader: ProductServer,
  { names: { database } }: Pick<Unit, 'names'>,
): Promise<void> {
  if (await isThere(reader, database))
    await reader.session(database, (statements) => refuseLargeObjects(statements, database))
}

const isThere = async (server: ProductServer, database: string): Promise<boolean> => {
  const found = await server.session(MAINTENANCE_DATABASE, ({ run }) =>
    run('look for the database', 'select 1 from pg_database where datname = $1', [database]),
  )
  return found.length > 0
}

/** Everything read inside is as it was at one moment: this one, or that of another connection. */
async function atOneMoment<T>({ run }: Statements, moment: string | undefined, read: () => Promise<T>): Promise<T> {
  await run('keep one moment', 'begin isolation level repeatable read read only')
  try {
    if (moment !== undefined) await run('read at the same moment', `set transaction snapshot ${escapeLiteral(moment)}`)
    return await read()
  } finally {
    await run('let the moment go', 'rollback').catch(() => {})
  }
}

async function* none(): AsyncGenerator<RowSection> {}

async function* withObjects(
  sections: AsyncIterable<RowSection>,
  lines: AsyncIterable<string>,
): AsyncGenerator<RowSection> {
  yield* sections
  yield { name: 'large-objects', lines }
}

async function* sectionsOf(statements: Statements, tenantId: string | null, link: Link): AsyncGenerator<RowSection> {
  for (const { table, columns, own } of await tablesOf(statements)) {
    if (tenantId !== null && !own) continue
    const list = columns.map((name) => escapeIdentifier(name)).join(', ')
    const filter = tenantId === null ? '' : ` where tenant_id = ${escapeLiteral(tenantId)}`
    link.onEvent?.({ message: `reading ${table}` })
    yield { name: `table ${table}`, lines: readLines(statements, table, `select ${list} from ${table}${filter}`, link) }
  }
  if (tenantId === null) yield { name: 'sequences', lines: sequencesOf(statements) }
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
