import { execFile } from 'node:child_process'
import { access, readdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const FOLDERS = '/usr/lib/postgresql'

/** A client program of PostgreSQL: the newest of Debian's folders, because an older one cannot read a newer server; else from PATH. */
export async function clientProgram(name: 'pg_dump' | 'pg_restore' | 'psql'): Promise<string> {
  const majors = (await readdir(FOLDERS).catch((): string[] => [])).toSorted((a, b) => Number(b) - Number(a))
  for (const major of majors) {
    const file = path.join(FOLDERS, major, 'bin', name)
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  return name
}

/** How such a program finds the database: by its environment, because everyone on a machine can read arguments. */
export function connectionOf(url: string): NodeJS.ProcessEnv {
  const { username, password, hostname, port, pathname } = new URL(url)
  return {
    PATH: process.env['PATH'],
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'steward-admin',
  }
}

/** Runs one to its end. What it says of a failure is told without values: a failed row stands in the lines after the first. */
export async function runClient(
  name: 'pg_dump' | 'pg_restore' | 'psql',
  args: readonly string[],
  url: string | undefined,
): Promise<void> {
  const file = await clientProgram(name)
  const env = url === undefined ? { PATH: process.env['PATH'] } : connectionOf(url)
  await promisify(execFile)(file, [...args], { env, maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: Error & { code?: unknown; stderr?: string }) => {
      if (error.code === 'ENOENT') throw new Error(`there is no ${name}: install the client programs of PostgreSQL`)
      throw new Error(`${name} failed: ${(error.stderr ?? '').split('\n')[0]}`)
    },
  )
}
