import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { escapeIdentifier } from 'pg'
import type { TableCount } from '../../../control-plane/domain/backups.ts'
import type { Link } from '../../kubernetes/link.ts'
import { connectProducts, MAINTENANCE_DATABASE, type ProductServer } from '../product-server.ts'
import { startProgram, type ClientAccess } from './client-program.ts'
import { countRows } from './count-rows.ts'

/** The database beside a unit's in which its backups are tried; from the name of that alone, so that it is found after any crash. */
export const rehearsalDatabase = (database: string): string =>
  `backup_${createHash('sha256').update(database).digest('hex').slice(0, 12)}`

/**
 * Restores a dump into a database of its own on the same server, counts its rows and drops it again; the dump is read to its end whatever
 * the restore needs of it. Throws `database.*`, `backup.*` and what reading the dump throws.
 */
export async function rehearseRestore(
  access: ClientAccess,
  database: string,
  dump: AsyncIterable<Uint8Array>,
  link: Link,
): Promise<TableCount[]> {
  const scratch = rehearsalDatabase(database)
  const server = connectProducts(access)
  try {
    await drop(server, scratch) // what an attempt before it left
    await server.session(MAINTENANCE_DATABASE, ({ run }) =>
      run('make the scratch database', `create database ${escapeIdentifier(scratch)} template template0`),
    )
    link.onEvent?.({ message: `restoring into ${scratch}` })
    await restore(access, scratch, dump, link)
    link.onEvent?.({ message: `counting rows of ${scratch}` })
    const counts = await server.session(scratch, (statements) => countRows(statements, link))
    await drop(server, scratch)
    return counts
  } finally {
    await server.close()
  }
}

/** Drops what a rehearsal that broke off left. Safe to repeat. */
export async function dropRehearsal(access: ClientAccess, database: string): Promise<void> {
  const server = connectProducts(access)
  try {
    await drop(server, rehearsalDatabase(database))
  } finally {
    await server.close()
  }
}

const drop = (server: ProductServer, scratch: string) =>
  server.session(MAINTENANCE_DATABASE, ({ run }) =>
    run('drop the scratch database', `drop database if exists ${escapeIdentifier(scratch)} with (force)`),
  )

async function restore(
  access: ClientAccess,
  scratch: string,
  dump: AsyncIterable<Uint8Array>,
  { signal }: Link,
): Promise<void> {
  const ending = new AbortController()
  const args = ['--exit-on-error', '--no-password', `--dbname=${scratch}`]
  const program = startProgram(access, 'pg_restore', {
    database: scratch,
    args,
    signal: AbortSignal.any([signal, ending.signal]),
  })
  program.stdout.resume()
  const over = program.ended.then(
    () => undefined,
    () => undefined,
  )
  try {
    for await (const piece of dump) {
      if (program.stdin.writable && !program.stdin.write(piece))
        await Promise.race([once(program.stdin, 'drain').catch(() => undefined), over])
    }
    program.stdin.end()
    await program.ended
  } finally {
    ending.abort()
  }
}
