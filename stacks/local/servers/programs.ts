import { rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { portsNamed } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { isSet } from './outside.ts'
import { findPostgres } from './postgres-binaries.ts'
import { probeHttp } from './probes.ts'
import type { Command, ProcessServer, Task } from './server.ts'
import { TEMPORAL_NAMESPACE } from './temporal.ts'

/** What our own programs are started from. */
export type ProgramContext = Pick<
  EstateContext,
  'credentials' | 'ports' | 'outside' | 'paths' | 'env' | 'root' | 'cache'
>

/** A program gets the one database login that is its own, whoever runs the database. */
const LOGINS = {
  'plane-operator': 'DATABASE_URL',
  'plane-worker': 'DATABASE_WORKER_URL',
  'plane-owner': 'DATABASE_OWNER_URL',
} as const
type Login = keyof typeof LOGINS

/** Settings of the estate itself, which its programs refuse as unknown ones. */
const OURS = [
  'STEWARD_HOME',
  'STEWARD_PORT_BASE',
  'STEWARD_IMAGES',
  'STEWARD_GATEWAY_URL',
  'STEWARD_SWEEP_KUBECONFIG',
  'STEWARD_ACCESS_KUBECONFIG',
  'STEWARD_POD_NETWORK',
]

/** The environment of our own programs: the user's, with the estate's addresses where nothing else is configured. */
export function environment(context: Omit<ProgramContext, 'root'>, login: Login): Record<string, string> {
  const { credentials, ports, outside, paths } = context
  const sealedByUser = isSet(context.env, 'STEWARD_SEALING_KEY') // a database of theirs may hold keys sealed with it
  const own: Record<string, string> = {
    ...(sealedByUser ? {} : { STEWARD_SEALING_KEY_FILE: credentials.sealingKey }),
    ...(outside.database ? {} : { [`${LOGINS[login]}_FILE`]: credentials.url(login) }),
    TEMPORAL_ADDRESS: outside.temporal?.address ?? `127.0.0.1:${ports.temporal}`,
    TEMPORAL_NAMESPACE: context.env['TEMPORAL_NAMESPACE'] ?? TEMPORAL_NAMESPACE,
    STEWARD_HOST: '127.0.0.1',
    STEWARD_PORT: String(ports.api),
    ...(isSet(context.env, 'STEWARD_PUBLIC_URL') ? {} : { STEWARD_PUBLIC_URL: `http://127.0.0.1:${ports.api}` }),
    STEWARD_WORKER_PORT: String(ports.worker),
    STEWARD_REGION_FILE: paths.regionFile,
    STEWARD_CACHE: context.cache,
  }
  // A setting may be given as NAME or NAME_FILE, not both: the estate's word replaces either.
  const others = Object.values(LOGINS).filter((name) => name !== LOGINS[login])
  const replaced = new Set([
    ...OURS,
    ...[...others, ...Object.keys(own)].flatMap((name) => [name, name.replace(/_FILE$/, ''), `${name}_FILE`]),
  ])
  const inherited = Object.entries(context.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !replaced.has(entry[0]),
  )
  return { ...Object.fromEntries(inherited), ...own }
}

/**
 * A young generation of 8 MB instead of 16 saves 25 MB resident per process. With 4 MB what a busy API throws away grows old first: the
 * 99th percentile of its gets was 2.0 to 2.3 times that of a bare route (bench `api`), with 8 MB 1.6 times.
 */
const NODE_FLAGS = ['--max-semi-space-size=8']

/**
 * The worker's live heap stays below 100 MB, but V8 lets garbage pile up as long as the machine has memory: 100 provisions at
 * once took it to 420 MB resident, with this limit to 330.
 */
const WORKER_HEAP = '--max-old-space-size=192'

/** A program of ours; compiled code is kept between starts, so that a second start parses nothing. */
const node = (context: ProgramContext, login: Login, program: string, args: readonly string[] = []): Command => ({
  file: process.execPath,
  args: [...NODE_FLAGS, join(context.root, program), ...args],
  env: { NODE_COMPILE_CACHE: join(context.cache, 'compiled'), ...environment(context, login) },
  cwd: context.root,
})

/** Brings the plane's database to the newest schema; an explicit step, never part of the API's boot. */
export const migrate = (context: EstateContext): Task => ({
  kind: 'task',
  name: 'migrate',
  needs: ['plane-roles'],
  run: ({ runToEnd }) => runToEnd(node(context, 'plane-owner', 'control-plane/database/migrate.ts')),
})

/** The first administrator: its token is written once, to a file only this account reads. */
export const ensureToken = (context: EstateContext): Task => ({
  kind: 'task',
  name: 'ensure-token',
  needs: ['migrate'],
  run: ({ runToEnd }) =>
    runToEnd(
      node(context, 'plane-owner', 'control-plane/admin.ts', [
        'ensure-token',
        '--file',
        context.credentials.operatorToken,
      ]),
    ),
})

/** The plane's administrator program, as the login that owns the database. */
export const adminCommand = (context: ProgramContext, args: readonly string[]): Command =>
  node(context, 'plane-owner', 'control-plane/admin.ts', args)

export const apiProgram = (context: EstateContext): ProcessServer => ({
  kind: 'process',
  name: 'api',
  needs: ['ensure-token', 'temporal'],
  ports: portsNamed(context.ports, 'api'),
  command: async () => node(context, 'plane-operator', 'control-plane/main.ts'),
  probe: (signal) => probeHttp(`http://127.0.0.1:${context.ports.api}/readyz`, signal),
  stopSignal: 'SIGTERM',
  graceMs: 10_000,
})

/** Where the engine of stacks is found once it is built: an estate is ready without it. */
const enginePath = ({ run }: Pick<EstateContext['paths'], 'run'>): string => join(run, 'pulumi')

/** Puts the engine of stacks where the worker looks for it. */
export const stackEngine = (context: EstateContext): Task => ({
  kind: 'task',
  name: 'stack-engine',
  needs: [],
  background: true,
  async run() {
    const path = enginePath(context.paths)
    const half = `${path}.new`
    await rm(half, { force: true })
    await symlink(await context.toolchain.tool('pulumi'), half)
    await rename(half, path)
  },
})

/** The worker starts beside the API; it needs what its activities act on. */
export const workerProgram = (context: EstateContext): ProcessServer => ({
  kind: 'process',
  name: 'worker',
  needs: ['migrate', 'temporal', 'products-roles', 'cluster-objects', 'node', 'gateway', 'edge'],
  ports: portsNamed(context.ports, 'worker'),
  command: async () => {
    const command = node(context, 'plane-worker', 'workflows/worker.ts')
    const env = {
      ...command.env,
      STEWARD_HELM: await context.toolchain.tool('helm'),
      STEWARD_PULUMI: enginePath(context.paths),
      STEWARD_POSTGRES_BIN: (await findPostgres(process.env, '')).folder,
      STEWARD_STACK_STATE: context.paths.stacks,
      STEWARD_STACK_PASSPHRASE_PATH: context.credentials.stackPassphrase,
    }
    return { ...command, args: [WORKER_HEAP, ...command.args], env }
  },
  probe: (signal) => probeHttp(`http://127.0.0.1:${context.ports.worker}/readyz`, signal),
  stopSignal: 'SIGTERM',
  graceMs: 15_000,
})
