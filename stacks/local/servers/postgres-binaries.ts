import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { estateProblems } from '../estate.errors.ts'

export const POSTGRES_MINIMUM = 15
const PROGRAMS = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'pg_basebackup', 'pg_controldata']
const INSTALL: Readonly<Record<string, string>> = {
  debian: 'sudo apt-get install -y postgresql',
  ubuntu: 'sudo apt-get install -y postgresql',
  fedora: 'sudo dnf install -y postgresql-server',
  rhel: 'sudo dnf install -y postgresql-server',
  suse: 'sudo zypper install -y postgresql-server',
  arch: 'sudo pacman -S --noconfirm postgresql',
  alpine: 'sudo apk add postgresql',
}

/** The command that installs PostgreSQL here, from the text of `/etc/os-release`. */
export function installCommand(osRelease: string): string {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(osRelease)?.[1]?.split(' ') ?? []
  const known = [...field('ID'), ...field('ID_LIKE')].map((id) => INSTALL[id]).find(Boolean)
  return known ?? `install PostgreSQL ${POSTGRES_MINIMUM} or newer with its server programs (${PROGRAMS.join(', ')})`
}

/** Major version from `postgres --version`, for example 15 from `postgres (PostgreSQL) 15.18 (Debian …)`. */
export const parsePostgresMajor = (text: string): number => Number(/\(PostgreSQL\) (\d+)/.exec(text)?.[1] ?? 0)

export type PostgresBinaries = { folder: string; major: number }

async function inspect(folder: string): Promise<PostgresBinaries | undefined> {
  try {
    for (const name of PROGRAMS) await access(join(folder, name), constants.X_OK)
    const { stdout } = await promisify(execFile)(join(folder, 'postgres'), ['--version'])
    return { folder, major: parsePostgresMajor(stdout) }
  } catch {
    return undefined
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** Folders in which systems keep PostgreSQL's server programs; most do not put them on the PATH. */
async function candidates(env: Environment): Promise<string[]> {
  const onPath = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  const packaged = async (root: string, below: string) =>
    (await readdir(root).catch(() => [])).map((name) => join(root, name, below))
  const asked = promisify(execFile)('pg_config', ['--bindir']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  )
  return [
    ...onPath,
    ...(await packaged('/usr/lib/postgresql', 'bin')),
    ...(await packaged('/usr/libexec', 'bin')).filter((path) => path.includes('postgresql')),
    ...(await asked),
  ]
}

/**
 * Finds the server programs: the wanted major version, else the newest. Fails with `postgres.missing`, which names the
 * command that installs them.
 */
export async function findPostgres(
  env: Environment,
  osRelease: string,
  wanted?: number,
  search: (env: Environment) => Promise<string[]> = candidates,
): Promise<PostgresBinaries> {
  const folders = [...new Set(await search(env))]
  const found = (await Promise.all(folders.map(inspect))).filter((each) => each !== undefined)
  const fit = found.filter(({ major }) => major >= POSTGRES_MINIMUM && (!wanted || major === wanted))
  const best = fit.toSorted((a, b) => b.major - a.major)[0]
  if (best) return best
  const detail = wanted
    ? `this estate's data was written by PostgreSQL ${wanted}, which is not installed any more: install that version again`
    : `no PostgreSQL ${POSTGRES_MINIMUM} or newer was found: ${installCommand(osRelease)}`
  throw estateProblems['postgres.missing']({ detail })
}
