import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { Link } from '../kubernetes/link.ts'
import { fenced } from './fence.ts'
import type { ProductServer, Statements } from './product-server.ts'
import { deletionOrder, isCircle, tenantTables, type TenantTable } from './tenant-tables.ts'

/** Rows per statement: short locks and a heartbeat now and then. What refers to a row should be indexed, or each row costs a scan. */
const BATCH = 5000
/** A row that the product holds longer than this makes the erasure try again later. */
const LOCK_TIMEOUT_MS = 10_000

type ErasedTable = { table: string; rows: number }

/**
 * Deletes one tenant's rows from every table of the unit's database that has a `tenant_id`, in the order of foreign keys, in
 * batches, and looks again until nothing is left. A repeat finds nothing to do. Needs a login that row-level security does
 * not bind. Throws `effect.fenced`, `database.missing`, and `database.refused` when a table without `tenant_id` still refers
 * to one of the rows.
 */
export async function eraseTenantRows(
  server: ProductServer,
  { names, tenantId, epoch }: { names: UnitNames; tenantId: string; epoch: number },
  link: Link,
): Promise<ErasedTable[]> {
  return fenced(server, { subject: `tenant:${tenantId}`, epoch }, link.signal, (held) =>
    server.session(names.database, async (statements) => {
      await statements.run('see every row', 'set row_security = off') // where it would hide rows, PostgreSQL refuses instead
      await statements.run('bound waiting', `set lock_timeout = ${LOCK_TIMEOUT_MS}`)
      const groups = deletionOrder(await tenantTables(statements))
      const erased = new Map(groups.flat().map(({ table }) => [table, 0]))
      for (let again = true; again;) {
        again = false
        for (const group of groups) {
          const note = (table: string, rows: number) => {
            held()
            erased.set(table, (erased.get(table) ?? 0) + rows)
            if (rows > 0) link.onEvent?.({ message: `erased ${erased.get(table)} rows of ${table}` })
            again ||= rows > 0
          }
          held()
          await (isCircle(group)
            ? eraseTogether(statements, group, tenantId, note)
            : eraseInBatches(statements, group, tenantId, note))
        }
      }
      return [...erased].map(([table, rows]) => ({ table, rows }))
    }),
  )
}

type Note = (table: string, rows: number) => void

async function eraseInBatches(
  statements: Statements,
  group: readonly TenantTable[],
  tenantId: string,
  note: Note,
): Promise<void> {
  for (const { table } of group) {
    const text = `delete from ${table} where tenant_id = $1 and ctid in (select ctid from ${table} where tenant_id = $1 limit ${BATCH})`
    for (let rows = BATCH; rows >= BATCH;) {
      rows = await statements.count(`erase rows of ${table}`, text, [tenantId])
      note(table, rows)
    }
  }
}

/** Foreign keys are checked at the end of a statement: one statement can delete from all tables of a circle. */
async function eraseTogether(
  statements: Statements,
  group: readonly TenantTable[],
  tenantId: string,
  note: Note,
): Promise<void> {
  const parts = group.map(({ table }, n) => `d${n} as (delete from ${table} where tenant_id = $1 returning 1)`)
  const counts = group.map((_, n) => `(select count(*)::int from d${n}) as n${n}`)
  const text = `with ${parts.join(', ')} select ${counts.join(', ')}`
  const [row] = await statements.run<Record<string, number>>(
    `erase rows of ${group[0]?.table} and what refers to it`,
    text,
    [tenantId],
  )
  group.forEach(({ table }, n) => note(table, row?.[`n${n}`] ?? 0))
}
