import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { estateProblems } from './estate.errors.ts'
import { canWrite, isRoot, type Account } from '../process/account.ts'
import { writeFileAtomic } from '../process/write-file.ts'
import type { NodeKind } from './containers/network.ts'
import { DEFAULT_PORT_BASE } from './ports.ts'

/** Layout this code writes. A rise needs a step in `MIGRATIONS`, or old estates are refused by name. */
export const LAYOUT = 1
const MIGRATIONS: Readonly<Record<number, (home: string) => Promise<void>>> = {}

/** What an estate remembers about itself from its first start. */
export type EstateRecord = {
  layout: number
  /** Random: marks this estate's processes, so that no stranger's is ever taken for one. */
  id: string
  portBase: number
  /** Throw-away estates trade durability for speed (no fsync). Decided once: a database written so is not to be trusted later. */
  throwAway: boolean
  /** How pods run. Decided once: addresses in the cluster's state and in certificates follow from it. Absent: as processes. */
  node?: NodeKind
  /** Third number of the network its containers live in. */
  network?: number
  createdAt: string
}

/** Everything an estate keeps, relative to its home; `reset` deletes these names and nothing else. */
const ENTRIES = {
  record: 'estate.json',
  credentials: 'credentials',
  run: 'run',
  logs: 'logs',
  planeDatabase: 'plane-db',
  productsDatabase: 'products-db',
  etcd: 'etcd',
  temporal: 'temporal',
  prometheus: 'prometheus',
  edge: 'edge',
  node: 'node',
  containers: 'containers',
  resources: 'resources',
  exports: 'exports',
  stacks: 'stacks',
  regionFile: 'region.json',
} as const
export type HomePaths = { home: string } & Record<keyof typeof ENTRIES, string>

/** The home to use when none is named: `STEWARD_HOME`, else `/var/lib/steward` for root, else the user's state folder. */
export function defaultHome(env: Readonly<Record<string, string | undefined>>): string {
  if (env['STEWARD_HOME']) return resolve(env['STEWARD_HOME'])
  if (isRoot()) return '/var/lib/steward'
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'steward')
}

/** Where built tools are kept, shared by all estates of a user: `STEWARD_CACHE`, else the user's cache folder. */
export function defaultCache(env: Readonly<Record<string, string | undefined>>): string {
  if (env['STEWARD_CACHE']) return resolve(env['STEWARD_CACHE'])
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'steward')
}

/** Absolute paths of everything an estate keeps. */
export function homePaths(home: string): HomePaths {
  const path = resolve(home)
  const entries = Object.entries(ENTRIES).map(([key, name]) => [key, join(path, name)])
  return { home: path, ...Object.fromEntries(entries) } as HomePaths // the keys are those of ENTRIES, plus home
}

/** The estate's record, or undefined when there is no estate in this home yet. */
export async function readRecord(paths: HomePaths): Promise<EstateRecord | undefined> {
  try {
    // written by `openHome` alone; its layout is checked before anything else is believed
    return JSON.parse(await readFile(paths.record, 'utf8')) as EstateRecord
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw estateProblems['home.foreign']({ detail: `${paths.record} cannot be read: ${String(error)}`, cause: error })
  }
}

/** Refuses, by name, a record this code cannot work with; `home.newer`, `home.older`. */
export function checkLayout(record: EstateRecord, home: string): 'current' | 'migrate' {
  const { layout } = record
  if (layout === LAYOUT) return 'current'
  if (typeof layout !== 'number' || layout > LAYOUT) {
    const detail = `${home} has layout ${layout}, this version knows ${LAYOUT}: use the newer version, or another --home`
    throw estateProblems['home.newer']({ detail })
  }
  for (let step = layout; step < LAYOUT; step++) {
    if (MIGRATIONS[step]) continue
    const detail = `${home} has layout ${layout}, this version knows ${LAYOUT} and cannot migrate it: use another --home, or delete it with "npm run estate -- reset --home ${home}"`
    throw estateProblems['home.older']({ detail })
  }
  return 'migrate'
}

/**
 * Creates the home on first use, else checks and migrates it. Asked for another port base, an estate moves there; asked for
 * another durability or kind of node, it refuses. Fails with `home.foreign`, `home.newer`, `home.older`.
 */
export async function openHome(options: { home: string; portBase?: number; throwAway?: boolean; node?: NodeKind }) {
  const paths = homePaths(options.home)
  let record = await readRecord(paths)
  if (!record) {
    const strangers = await readdir(paths.home).catch(() => [])
    if (strangers.length > 0) {
      const detail = `${paths.home} is not empty and holds no estate: name an empty or new folder with --home`
      throw estateProblems['home.foreign']({ detail })
    }
  } else if (checkLayout(record, paths.home) === 'migrate') {
    for (let step = record.layout; step < LAYOUT; step++) await MIGRATIONS[step]?.(paths.home)
  }
  if (record) refuseAnother(record, options, paths.home)
  const mode = isRoot() ? 0o711 : 0o700 // root's: passable, so that other accounts reach what is theirs below
  await mkdir(paths.home, { recursive: true, mode })
  await chmod(paths.home, mode)
  for (const folder of [
    paths.credentials,
    paths.run,
    paths.logs,
    paths.etcd,
    paths.temporal,
    paths.prometheus,
    paths.edge,
    paths.exports,
    paths.stacks,
  ]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
  }
  record = {
    layout: LAYOUT,
    id: record?.id ?? randomBytes(12).toString('hex'),
    portBase: options.portBase ?? record?.portBase ?? DEFAULT_PORT_BASE,
    throwAway: record?.throwAway ?? options.throwAway ?? false,
    node: record ? (record.node ?? 'process') : (options.node ?? 'process'),
    ...(record?.network === undefined ? {} : { network: record.network }),
    createdAt: record?.createdAt ?? new Date().toISOString(),
  }
  await writeRecord(paths, record)
  return { paths, record }
}

export const writeRecord = (paths: Pick<HomePaths, 'record'>, record: EstateRecord): Promise<void> =>
  writeFileAtomic(paths.record, `${JSON.stringify(record, null, 2)}\n`)

/** What was decided at an estate's first start cannot be changed by a later one. */
function refuseAnother(record: EstateRecord, asked: { throwAway?: boolean; node?: NodeKind }, home: string): void {
  const { throwAway, node = 'process' } = record
  const other = asked.throwAway !== undefined && asked.throwAway !== throwAway
  const durability = throwAway ? 'a throw-away estate' : 'a durable estate'
  const pods = node === 'process' ? 'an estate that runs pods as processes' : 'an estate that runs pods in containers'
  const fault = other ? durability : asked.node !== undefined && asked.node !== node ? pods : undefined
  if (!fault) return
  const detail = `${home} holds ${fault} and stays one: use another --home, or "npm run estate -- reset --home ${home}" first`
  throw estateProblems['configuration.invalid']({ detail })
}

/** Checks that an unprivileged account can reach a folder below the home; else `home.closed` names the folder in the way. */
export async function checkReachable(folder: string, account: Account): Promise<void> {
  if (await canWrite(folder, account)) return
  let closed = folder
  for (let at = dirname(folder); at !== dirname(at); at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) closed = at
  }
  const detail = `the account ${account.name} cannot write to ${folder}${closed === folder ? '' : ` (${closed} is closed to it)`}: use a --home below a folder that everyone may enter, such as /var/lib`
  throw estateProblems['home.closed']({ detail })
}

/** Deletes everything an estate kept, and the home itself if nothing else is in it. Refuses a folder that is not an estate. */
export async function deleteHome(paths: HomePaths): Promise<void> {
  if (!(await readRecord(paths))) {
    throw estateProblems['home.foreign']({ detail: `${paths.home} holds no estate: nothing was deleted` })
  }
  const { home, record, ...rest } = paths
  for (const path of Object.values(rest)) await rm(path, { recursive: true, force: true })
  await rm(record, { force: true }) // last: a reset that was interrupted can be repeated
  await rmdir(home).catch(() => undefined)
}
