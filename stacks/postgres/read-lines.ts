import type { Link } from '../kubernetes/link.ts'
import type { Statements } from './product-server.ts'

/** Rows fetched at once: what is held in memory at most. */
const BATCH = 500

/** Rows of a query inside a transaction, one a line as JSON that PostgreSQL writes; `what` names them for people in errors. */
export async function* readLines({ run }: Statements, what: string, rows: string, link: Link): AsyncGenerator<string> {
  await run(
    `read ${what}`,
    `declare rows_out no scroll cursor for select row_to_json(r)::text as line from (${rows}) as r`,
  )
  for (let more = true; more;) {
    link.signal.throwIfAborted()
    const batch = await run<{ line: string }>(`read rows of ${what}`, `fetch ${BATCH} from rows_out`)
    for (const { line } of batch) yield line
    more = batch.length === BATCH
  }
  await run(`end reading ${what}`, 'close rows_out')
}
