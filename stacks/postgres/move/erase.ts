import type { Link } from '../../kubernetes/link.ts'
import type { Held } from '../fence.ts'
import type { Statements } from '../product-server.ts'
import type { Move } from './move.ts'
import { bound, keyOrder, textKey } from './key-range.ts'
import type { Key } from './row-hash.ts'
import { describeTables, type MoveTable } from './tables.ts'

/** Rows per statement: short locks, and vacuum can follow. */
const BATCH = 5000

/**
 * Deletes the tenant's rows from one end, table by table in batches. As replication does it: guards, triggers of the product and foreign
 * keys are not asked, because all of the tenant goes and no row of another one may refer to it. Returns how many.
 */
export async function eraseRows(statements: Statements, move: Move, held: Held, link: Link): Promise<number> {
  await statements.run('act as replication', 'set session_replication_role = replica')
  let erased = 0
  for (const table of await describeTables(statements)) {
    for (let after: Key | undefined, goesOn = true; goesOn;) {
      held()
      const { rows, last } = await eraseBatch(statements, move, table, after)
      erased += rows
      goesOn = rows > 0 || after !== undefined // once more from the start, for what came behind
      after = rows > 0 ? last : undefined
      if (rows > 0) link.onEvent?.({ message: `erased ${erased} rows` })
    }
  }
  await statements.run('act as oneself', 'set session_replication_role = origin')
  return erased
}

/** The first rows after a key: what was deleted before them stays in the table until it is vacuumed, and would be read each time. */
async function eraseBatch(
  { run }: Statements,
  move: Move,
  table: MoveTable,
  after: Key | undefined,
): Promise<{ rows: number; last: Key | undefined }> {
  const values: unknown[] = [move.tenantId]
  const where = ['t.tenant_id = $1', ...bound(table, '>', after, values)].join(' and ')
  const order = keyOrder(table)
  const [found] = await run<{ rows: number; last: string[] | null }>(
    `erase rows of ${table.table}`,
    `with batch as materialized (select t.ctid as place, ${textKey(table)} as key, row_number() over (order by ${order}) as n
         from ${table.table} t where ${where} order by ${order} limit ${BATCH}),
       gone as (delete from ${table.table} where tenant_id = $1 and ctid = any (array(select place from batch)) returning 1)
     select (select count(*)::int from gone) as rows, (select key from batch order by n desc limit 1) as last`,
    values,
  )
  return { rows: found?.rows ?? 0, last: found?.last ?? undefined }
}
