import { escapeIdentifier } from 'pg'
import type { Link } from '../kubernetes/link.ts'
import { databaseProblems } from './postgres.errors.ts'
import type { Statements } from './product-server.ts'
import { readLines } from './read-lines.ts'

/** How many large objects the database holds. */
export async function countLargeObjects({ run }: Statements): Promise<number> {
  const [row] = await run<{ count: number }>(
    'look for large objects',
    'select count(*)::int as count from pg_largeobject_metadata',
  )
  return row?.count ?? 0
}

/** Throws `export.large-objects` for a shared database that holds any: which tenant one is of, nothing says. */
export async function refuseLargeObjects(statements: Statements, database: string): Promise<void> {
  const count = await countLargeObjects(statements)
  if (count === 0) return
  throw databaseProblems['export.large-objects']({
    detail: `${count} in ${database}: keep their bytes in a table with tenant_id and lo_unlink them, or move their owner to a plan with a database of its own; a removal may also go --without-export`,
  })
}

/**
 * Large objects as lines of JSON: first each with its owner, `{ oid, owner }`, then their content piece by piece, `{ oid, at, data }` (bytes
 * from the start, base64); what was never written is in no piece. Only a superuser may read them all.
 */
export async function* readLargeObjects(statements: Statements, link: Link): AsyncGenerator<string> {
  const objects =
    'select oid::int8 as oid, pg_get_userbyid(lomowner) as owner from pg_largeobject_metadata order by oid'
  yield* readLines(statements, 'large objects', objects, link)
  const pieces = `
    select loid::int8 as oid, pageno::int8 * (current_setting('block_size')::int8 / 4) as at, translate(encode(data, 'base64'), E'\\n', '') as data
      from pg_largeobject order by loid, pageno`
  yield* readLines(statements, 'pieces of large objects', pieces, link)
}

/** Pieces written back at once: a megabyte. */
const BATCH = 500

/** Writes the lines of `readLargeObjects` into a database that has none, under the ids they had; they are then the `owner`’s. */
export async function restoreLargeObjects(
  { run }: Statements,
  lines: AsyncIterable<string> | Iterable<string>,
  owner: string,
): Promise<void> {
  let pieces: string[] = []
  const flush = async () => {
    const text = `
      select lo_put((p ->> 'oid')::oid, (p ->> 'at')::int8, decode(p ->> 'data', 'base64')) from json_array_elements($1::json) as p`
    if (pieces.length > 0) await run('write large objects', text, [`[${pieces.join(',')}]`])
    pieces = []
  }
  for await (const line of lines) {
    const { oid, at } = JSON.parse(line) as { oid: number; at?: number } // as it was written
    if (at === undefined) {
      await run('make a large object', 'select lo_create($1::oid)', [oid])
      await run('give a large object away', `alter large object ${Math.trunc(oid)} owner to ${escapeIdentifier(owner)}`)
    } else pieces.push(line)
    if (pieces.length === BATCH) await flush()
  }
  await flush()
}
