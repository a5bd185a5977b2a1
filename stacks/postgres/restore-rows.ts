import type { Statements } from './product-server.ts'

/** Lines of one table that are written back at once. */
const BATCH = 500

/**
 * Writes the lines of a table's section back into the same table of an empty database that the same version of the product has
 * migrated; columns, numbers and times come back as they were. The caller orders tables, or puts foreign keys off
 * (`session_replication_role = replica`). Returns how many rows were written.
 */
export async function restoreRows(
  { run, count }: Statements,
  table: string,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<number> {
  const columns = await run<{ name: string }>(
    `look at ${table}`,
    `select quote_ident(attname) as name from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [table],
  )
  const list = columns.map(({ name }) => name).join(', ')
  const text = `insert into ${table} (${list}) overriding system value select ${list} from json_populate_recordset(null::${table}, $1::json)`
  let written = 0
  let batch: string[] = []
  const flush = async () => {
    if (batch.length > 0) written += await count(`write rows of ${table}`, text, [`[${batch.join(',')}]`])
    batch = []
  }
  for await (const line of lines) {
    batch.push(line)
    if (batch.length === BATCH) await flush()
  }
  await flush()
  return written
}
