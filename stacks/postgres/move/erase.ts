import type { Link } from '../../kubernetes/link.ts'
import type { Held } from '../fence.ts'
import type { Statements } from '../product-server.ts'
import type { Move } from './move.ts'
import { describeTables } from './tables.ts'

/** Rows per statement: short locks, and vacuum can follow. */
const BATCH = 5000

/**
 * Deletes the tenant's rows from one end, table by table in batches. As replication does it: guards, triggers of the product and foreign
 * keys are not asked, because all of the tenant goes and no row of another one may refer to it. Returns how many.
 */
export async function eraseRows(statements: Statements, move: Move, held: Held, link: Link): Promise<number> {
  await statements.run('act as replication', 'set session_replication_role = replica')
  let erased = 0
  for (const { table } of await describeTables(statements)) {
    const text = `delete from ${table} where tenant_id = $1 and ctid = any (array(select ctid from ${table} where tenant_id = $1 limit ${BATCH}))`
    for (let rows = BATCH; rows > 0;) {
      held()
      rows = await statements.count(`erase rows of ${table}`, text, [move.tenantId])
      erased += rows
      if (rows > 0) link.onEvent?.({ message: `erased ${erased} rows` })
    }
  }
  await statements.run('act as oneself', 'set session_replication_role = origin')
  return erased
}
