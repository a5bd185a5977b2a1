import type { TableCount } from '../../../control-plane/domain/backups.ts'
import type { Link } from '../../kubernetes/link.ts'
import { connectProducts, type Statements } from '../product-server.ts'
import { startProgram, type ClientAccess } from './client-program.ts'
import { countRows } from './count-rows.ts'

/** `lsn`: place in the write-ahead log at which the moment was kept; `contents`: what every table had then. */
export type DumpFacts = { lsn: string; contents: TableCount[] }

/** What belongs to a move is none of the database's: it would tie what is restored to servers of another time, with their passwords. */
const ARGUMENTS = ['--format=custom', '--no-password', '--no-publications', '--no-subscriptions'] as const

/**
 * Dumps a database as it was at one moment, and counts its rows as of the same one. `keep` gets the dump as it comes, which throws where
 * it breaks off, so that who reads it to its end has all of it; answers what `keep` answers. Throws `database.*`, `backup.*`.
 */
export async function dumpDatabase<T>(
  access: ClientAccess,
  database: string,
  keep: (dump: AsyncIterable<Uint8Array>) => Promise<T>,
  link: Link,
): Promise<{ kept: T; facts: DumpFacts }> {
  const server = connectProducts(access)
  try {
    return await server.session(database, async (statements, lost) => {
      const signal = AbortSignal.any([link.signal, lost])
      const { moment, lsn } = await keepMoment(statements)
      link.onEvent?.({ message: `dumping ${database}` })
      const args = [...ARGUMENTS, `--snapshot=${moment}`]
      const kept = await keep(dumped(access, { database, args, signal }))
      link.onEvent?.({ message: `counting rows of ${database}` })
      return { kept, facts: { lsn, contents: await countRows(statements, { signal }) } }
    })
  } finally {
    await server.close()
  }
}

/** The session keeps the moment until it ends. A dump may take longer than any statement of the product's. */
async function keepMoment({ run }: Statements): Promise<{ moment: string; lsn: string }> {
  await run('keep one moment', 'begin isolation level repeatable read read only')
  await run('take as long as it takes', 'set local idle_in_transaction_session_timeout = 0')
  await run('take as long as it takes', 'set local statement_timeout = 0')
  const [kept] = await run<{ moment: string; lsn: string }>(
    'share the moment',
    'select pg_export_snapshot() as moment, pg_current_wal_lsn()::text as lsn',
  )
  return { moment: kept?.moment ?? '', lsn: kept?.lsn ?? '' }
}

async function* dumped(access: ClientAccess, how: Parameters<typeof startProgram>[2]): AsyncGenerator<Uint8Array> {
  const ending = new AbortController()
  const program = startProgram(access, 'pg_dump', { ...how, signal: AbortSignal.any([how.signal, ending.signal]) })
  try {
    for await (const piece of program.stdout) yield piece as Buffer // no encoding is set
    await program.ended // only now is it known that nothing is missing
  } finally {
    ending.abort()
  }
}
