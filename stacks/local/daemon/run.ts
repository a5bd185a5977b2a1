import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { IMAGES, ROOT } from '../checkout.ts'
import { obtainContainerTools, showsBridgedFrames } from '../containers/machine.ts'
import { claimNetwork, networkOf } from '../containers/network.ts'
import { ensureCredentials, readCredential } from '../credentials/ensure-credentials.ts'
import { credentialPaths, TOKENS, type TokenName } from '../credentials/paths.ts'
import { estateProblems } from '../estate.errors.ts'
import { homeLock } from '../home-lock.ts'
import { configuredImages } from '../node/image-folders.ts'
import { openHome, writeRecord, type EstateRecord, type HomePaths } from '../home.ts'
import { checkPorts, chooseAnotherBase, portsFrom } from '../ports.ts'
import { untilAborted } from '../../process/abort.ts'
import { databaseAccount, isRoot } from '../../process/account.ts'
import { lockHolder, tryLock, type Lock } from '../../process/lock.ts'
import { identify } from '../../process/proc.ts'
import { resourceKinds } from '../resources/resource-kinds.ts'
import { openResources, type Resources } from '../resources/resources.ts'
import { writeFileAtomic } from '../../process/write-file.ts'
import type { DaemonInput, DaemonMessage, DaemonRecord } from '../protocol.ts'
import { podNetworkOf, writeRegionFile } from '../region-file.ts'
import { ESTATE_MARK, type EstateContext } from '../servers/context.ts'
import { defineServers, leftOut, select } from '../servers/define-servers.ts'
import { readOutside, type Outside } from '../servers/outside.ts'
import { obtainToolchain } from '../toolchain/obtain.ts'
import { partsFor } from '../toolchain/parts.ts'
import { renderToolchainEvent } from '../toolchain/progress.ts'
import { findPostgres } from '../servers/postgres-binaries.ts'
import { regionOf } from '../servers/region.ts'
import { daemonApi } from './api.ts'
import { createFleet } from './fleet.ts'
import { discoverPods } from './discovery.ts'
import { innerServers, type Inner } from './inner.ts'
import { endLeftovers } from './leftovers.ts'
import { boundLogs, logPath } from './log-files.ts'
import { renderServerMetrics } from './metrics.ts'

export const POD_ACCOUNT = { uid: 65532, gid: 65532 } as const

const tell = (message: DaemonMessage): void => {
  if (process.connected) process.send?.(message)
}

async function holdHome(home: string): Promise<Lock> {
  await mkdir(home, { recursive: true }) // its real path names the lock
  const lock = await tryLock(homeLock(home), 'running the estate')
  if (lock) return lock
  const holder = await lockHolder(homeLock(home))
  const detail = `${home} belongs to the estate run by process ${holder?.pid ?? '(unknown)'}: stop it with "npm run estate -- down --home ${home}", or use another --home`
  throw estateProblems['home.in-use']({ detail })
}

type Opened = Awaited<ReturnType<typeof openHome>>

/** What runs pods in containers, obtained before anything starts; undefined where they are processes. */
async function containersOf(record: EstateRecord, env: NodeJS.ProcessEnv): Promise<EstateContext['containers']> {
  const network = networkOf(record)
  if (!network) return undefined
  const tools = await obtainContainerTools(env, (text) => tell({ type: 'line', text }))
  return { network, tools, policies: await showsBridgedFrames() }
}

async function buildContext(
  input: DaemonInput,
  { paths, record }: Opened,
  { outside, images }: { outside: Outside; images: readonly string[] },
  signal: AbortSignal,
  log: pino.Logger,
) {
  const ports = portsFrom(record.portBase)
  const credentials = credentialPaths(paths.credentials)
  const { env } = process
  const containers = await containersOf(record, env)
  await ensureCredentials(credentials, ports, containers?.network)
  const toolchain = obtainToolchain({
    cache: input.cache,
    parts: partsFor(record.node),
    env: { ...env, [ESTATE_MARK]: record.id }, // compilers, too, are found after a crash
    signal,
    onEvent: (event) => {
      log.info(
        { event: `toolchain.${event.state}`, part: event.part, elapsedSeconds: event.elapsedSeconds },
        'toolchain',
      )
      if (event.state !== 'cached') tell({ type: 'line', text: renderToolchainEvent(event) })
    },
  })
  const context: EstateContext = {
    paths,
    record,
    ports,
    credentials,
    toolchain,
    images,
    root: ROOT,
    cache: input.cache,
    outside,
    databaseAccount: await databaseAccount(),
    containers,
    podAccount: isRoot() ? POD_ACCOUNT : undefined,
    env,
    log,
  }
  return context
}

async function serveApi(
  context: EstateContext,
  fleet: ReturnType<typeof createFleet>,
  inner: Inner,
  resources: Resources,
  shutdown: () => void,
) {
  const { credentials, ports, record, paths } = context
  const read = async (name: TokenName): Promise<[TokenName, string]> => [
    name,
    await readCredential(credentials.token(name)),
  ]
  const tokens = Object.fromEntries(await Promise.all(TOKENS.map(read))) as Record<TokenName, string> // one per name
  const app = daemonApi({
    estateId: record.id,
    fleet,
    logs: paths.logs,
    images: context.images,
    tokens,
    edge: () => inner.edge,
    pods: () => inner.node?.pods() ?? [],
    resources,
    targets: async () => {
      const { pods, servers } = await resources.targets()
      return { pods: [...discoverPods(inner.node?.pods() ?? [], podNetworkOf(context)), ...pods], servers }
    },
    metrics: async () => {
      const own = renderServerMetrics(await fleet.statuses(), process.memoryUsage.rss())
      return [own, ...[inner.edge, inner.gateway, inner.registry].map((part) => part?.metrics() ?? '')].join('')
    },
    shutdown,
  })
  await app.listen({ host: '127.0.0.1', port: ports.daemon })
  return app
}

type Cleanups = (() => Promise<unknown>)[]

/** An own cluster has nodes of its own. */
function refuseOutsideCluster(outside: Outside): void {
  if (!outside.cluster) return
  const detail =
    'KUBECONFIG names a cluster with nodes of its own, so there is none to run containers on here: unset it, or use --node process'
  throw estateProblems['configuration.invalid']({ detail })
}

/** The network of an estate's containers is its own while it runs, and the same for life. */
async function takeNetwork(paths: HomePaths, record: EstateRecord, cleanups: Cleanups): Promise<EstateRecord> {
  const { network, lock } = await claimNetwork(record)
  cleanups.push(() => lock.release())
  if (record.network === network) return record
  const complete = { ...record, network }
  await writeRecord(paths, complete)
  return complete
}

/** Takes the home: its lock, its log, and what an earlier daemon left running. Faults of the input come first: they change nothing. */
async function takeHome(input: DaemonInput, ending: AbortController, cleanups: Cleanups) {
  const { home, portBase, throwAway, node } = input
  const outside = readOutside(process.env)
  const names = leftOut(input.without, outside)
  const images = [IMAGES, ...(await configuredImages(process.env['STEWARD_IMAGES'], ROOT))]
  if (portBase !== undefined) portsFrom(portBase)
  const lock = await holdHome(home)
  cleanups.push(() => lock.release())
  const wishes = {
    ...(portBase === undefined ? {} : { portBase }),
    ...(throwAway === undefined ? {} : { throwAway }),
    ...(node === undefined ? {} : { node }),
  }
  const { paths, record: remembered } = await openHome({ home, ...wishes })
  if (remembered.node === 'containers') refuseOutsideCluster(outside)
  const record = remembered.node === 'containers' ? await takeNetwork(paths, remembered, cleanups) : remembered
  const log = pino({ base: null }, pino.destination({ dest: logPath(paths.logs, 'daemon'), mode: 0o600, sync: true }))
  const fail = (err: unknown) => {
    log.fatal({ event: 'daemon.failed', err }, 'the daemon failed and ends the estate')
    ending.abort(err)
  }
  process.on('uncaughtException', fail) // supervised servers must not outlive their supervisor unnoticed
  process.on('unhandledRejection', fail)
  const left = await endLeftovers(paths, record)
  if (left > 0) tell({ type: 'line', text: `ended ${left} processes that an earlier run left behind` })
  return { context: await buildContext(input, { paths, record }, { outside, images }, ending.signal, log), names }
}

const elapsedMs = (): number => Math.round(performance.now()) // since the process began

/** Makes everything ready to start: ports looked at, region file written, API listening. `cleanups` undo it and end the servers. */
async function prepareServers(
  input: DaemonInput,
  { context, names }: Awaited<ReturnType<typeof takeHome>>,
  end: () => void,
  cleanups: Cleanups,
) {
  const { paths, ports, record, log } = context
  const inner: Inner = {}
  const servers = select([...defineServers(context), ...innerServers(context, inner)], names)
  const listened = Object.assign({ daemon: ports.daemon }, ...servers.map((server) => server.ports ?? {}))
  await checkPorts(listened, chooseAnotherBase(ports))
  await writeRegionFile(paths.regionFile, regionOf({ ...context, ...(await postgresOf(context)) }))
  const fleet = createFleet(servers, {
    paths,
    estateId: record.id,
    log,
    onState: (name, state) => {
      log.info({ event: 'server.state', server: name, state }, 'server state')
      tell({ type: 'server', name, state, elapsedMs: elapsedMs() })
    },
  })
  const logs = boundLogs(paths.logs, () => [...fleet.names(), 'daemon'])
  cleanups.push(async () => logs.stop())
  const resources = await openResources({ context, fleet, kinds: resourceKinds(context) })
  const app = await serveApi(context, fleet, inner, resources, end)
  cleanups.push(() => app.close())
  await noteDaemon(paths.run, `http://127.0.0.1:${ports.daemon}`, input)
  cleanups.push(() => rm(join(paths.run, 'daemon.json'), { force: true }))
  cleanups.push(() => fleet.stop())
  cleanups.push(() => resources.stop())
  return { fleet, resources }
}

/** Runs an estate until it is told to end: by a signal, through its API, or when its starter is gone and it is attached. */
export async function runDaemon(input: DaemonInput): Promise<void> {
  const ending = new AbortController()
  const end = () => ending.abort(estateProblems['estate.stopped']())
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end)
  if (input.attached) process.once('disconnect', end)

  let exitCode = 0
  const cleanups: Cleanups = []
  const stopped = untilAborted(ending.signal)
  try {
    const taken = await takeHome(input, ending, cleanups)
    const { fleet, resources } = await prepareServers(input, taken, end, cleanups)
    ending.signal.throwIfAborted()
    await Promise.race([fleet.start(), stopped])
    const memoryBytes = process.memoryUsage.rss()
    taken.context.log.info({ event: 'estate.ready', elapsedMs: elapsedMs(), memoryBytes }, 'estate ready')
    tell({ type: 'ready', elapsedMs: elapsedMs() })
    resources.resume() // nobody waits for them with the estate
    await stopped
  } catch (error) {
    exitCode = reportEnd(ending.signal.aborted ? ending.signal.reason : error)
  }
  for (const cleanup of cleanups.toReversed()) await cleanup().catch(() => undefined)
  process.exit(exitCode)
}

async function noteDaemon(run: string, url: string, input: DaemonInput): Promise<void> {
  const id = identify(process.pid) ?? { pid: process.pid, startTime: '' }
  const record: DaemonRecord = { ...id, url, startedAt: new Date().toISOString(), without: input.without }
  await writeFileAtomic(join(run, 'daemon.json'), `${JSON.stringify(record)}\n`)
}

/** The PostgreSQL that dedicated stacks get; none where none is installed, which then only they miss. */
const postgresOf = ({ env }: EstateContext): Promise<{ postgres?: number }> =>
  findPostgres(env, '').then(
    ({ major }) => ({ postgres: major }),
    () => ({}),
  )

/** Tells the starter why it ended; 0 when it was asked to. */
function reportEnd(error: unknown): number {
  if (error instanceof Problem && error.code === 'estate.stopped') return 0
  const code = error instanceof Problem ? error.code : 'estate.failed'
  const detail =
    error instanceof Error ? (error instanceof Problem ? error.message : (error.stack ?? error.message)) : String(error)
  tell({ type: 'failed', code, detail })
  return 1
}
