import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { backupProblems } from './backup.errors.ts'

/** Where PostgreSQL's client programs are, and the login that they use. The URL is never an argument: those everybody can read. */
export type ClientAccess = { bin: string; url: string }
type Program = 'pg_dump' | 'pg_restore'
type Ending = { code: number | null; said: string }
export type ClientProgram = {
  stdin: Writable
  stdout: Readable
  /** Resolves when it has ended; throws Problems of `backupProblems` unless it ended well. */
  ended: Promise<void>
}

const MOST_SAID = 16_384
const LONGEST_TOLD = 300
/** What libpq and the server say when it is the connection that broke. */
const LOST =
  /terminating connection|closed the connection|connection to server|connection not open|no connection|is (starting up|shutting down)|in recovery mode/i

/** The login as the environment of libpq; what the URL says of TLS stays what it is. */
function environmentOf(url: string, database: string): Record<string, string> {
  const { hostname, port, username, password, searchParams } = new URL(url)
  const tls: Record<string, string> = {}
  for (const [name, variable] of [
    ['sslmode', 'PGSSLMODE'],
    ['sslrootcert', 'PGSSLROOTCERT'],
  ] as const) {
    const value = searchParams.get(name)
    if (value !== null) tls[variable] = value
  }
  return {
    PATH: process.env['PATH'] ?? '',
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: database,
    PGAPPNAME: 'steward-backup',
    PGCONNECT_TIMEOUT: '10',
    ...tls,
  }
}

/**
 * Starts a client program on a database; it is killed when `signal` fires. Of a failure its first line alone is told, because what
 * follows may quote statements and rows.
 */
export function startProgram(
  { bin, url }: ClientAccess,
  program: Program,
  { database, args, signal }: { database: string; args: readonly string[]; signal: AbortSignal },
): ClientProgram {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(join(bin, program), [...args], {
    env: environmentOf(url, database),
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => {}) // it may end before it has read everything: its exit says why
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, MOST_SAID)))
  const ending = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, said }))
  })
  const ended = ending.then(
    (how) => refuseFailed(program, how, signal),
    (error: NodeJS.ErrnoException) => {
      signal.throwIfAborted()
      if (error.code !== 'ENOENT' && error.code !== 'EACCES') throw error
      throw backupProblems['backup.program-missing']({ detail: `${join(bin, program)} cannot be run` })
    },
  )
  ended.catch(() => undefined) // whoever awaits it sees it
  return { stdin: child.stdin, stdout: child.stdout, ended }
}

function refuseFailed(program: Program, { code, said }: Ending, signal: AbortSignal): void {
  signal.throwIfAborted()
  if (code === 0) return
  const [first = ''] = said.split('\n')
  const detail = first.slice(0, LONGEST_TOLD) || `${program} ended with ${code}`
  if (code === null || LOST.test(said)) throw backupProblems['backup.database-lost']({ detail })
  throw backupProblems[program === 'pg_dump' ? 'backup.dump-failed' : 'backup.restore-failed']({ detail })
}
