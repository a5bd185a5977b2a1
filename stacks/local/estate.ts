import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '../../control-plane/domain/problem.ts'
import { credentialPaths, type CredentialPaths } from './credentials/paths.ts'
import type { NodeKind } from './containers/network.ts'
import { endLeftovers } from './daemon/leftovers.ts'
import { estateProblems } from './estate.errors.ts'
import { defaultCache, defaultHome, homePaths, readRecord, type HomePaths } from './home.ts'
import { findPortBase, portsFrom, type Ports } from './ports.ts'
import { tryLock } from '../process/lock.ts'
import { isRunning, signalTree, waitUntilGone } from '../process/proc.ts'
import type { DaemonInput, DaemonMessage, DaemonRecord } from './protocol.ts'
import { renderMessage } from './render-message.ts'
import { homeHolder, homeLock } from './home-lock.ts'

const DAEMON = fileURLToPath(new URL('./daemon/main.ts', import.meta.url))
/** A young generation of 4 MB instead of 16: the daemon watches, it does not churn. */
const NODE_FLAGS = ['--max-semi-space-size=4']
const STOP_WITHIN_MS = 60_000

export type EstateOptions = {
  home?: string
  /** First of its twenty ports; `free` looks for unused ones. Remembered by the home. */
  portBase?: number | 'free'
  /** No fsync: fast, and lost with the machine. Remembered by the home. */
  throwAway?: boolean
  /** How pods run: as processes (the default), or in containers. Remembered by the home. */
  node?: NodeKind
  /** Parts to leave out, for example `['api', 'worker']`. */
  without?: readonly string[]
  /** Told each line of progress. */
  log?: (line: string) => void
  /** false: the estate outlives this process. Default true: it ends with it, however that ends. */
  attached?: boolean
  env?: NodeJS.ProcessEnv
  /** Aborted, it ends an estate that is still starting; `startEstate` then rejects when nothing of it is left. */
  signal?: AbortSignal
}

export type Estate = {
  home: string
  ports: Ports
  paths: HomePaths
  credentials: CredentialPaths
  /** Base URLs. */
  urls: { api: string; edge: string; gateway: string; daemon: string; worker: string; prometheus: string }
  temporalAddress: string
  regionFile: string
  /** The daemon. */
  pid: number
  /** Time from call to ready, in milliseconds. */
  startedInMs: number
  /** Resolves when the daemon has ended, asked or not. */
  exited: Promise<number | null>
  /** Ends everything in order; resolves when no process is left. */
  stop: () => Promise<void>
}

/** A file without a name for what the daemon says when it cannot even start; nothing is left of it. */
function anonymousFile(): number {
  const path = join(tmpdir(), `steward-${randomBytes(8).toString('hex')}`)
  const descriptor = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return descriptor
}

function readAll(descriptor: number): string {
  const { size } = fstatSync(descriptor)
  const buffer = Buffer.alloc(Math.min(size, 4000))
  readSync(descriptor, buffer, 0, buffer.length, Math.max(0, size - buffer.length))
  return buffer.toString('utf8').trim()
}

/** Resolves at `ready`; rejects with the daemon's own problem, or with what it wrote when it ended without a word. */
function untilReady(child: ChildProcess, stderr: number, log: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let ready = false
    child.on('message', (raw) => {
      const message = raw as DaemonMessage // the daemon is this same checkout
      if (message.type === 'ready') {
        ready = true
        return resolve()
      }
      if (message.type === 'failed') {
        const definition = { status: 500, retryable: false, title: 'The estate does not start' }
        return reject(new Problem(message.code, definition, { detail: message.detail }))
      }
      const line = renderMessage(message)
      if (line) log(line)
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (ready) return
      const detail = `the daemon ended (${signal ?? code}) before the estate was ready\n${readAll(stderr)}`
      reject(estateProblems['estate.failed']({ detail: detail.trim() }))
    })
  })
}

/**
 * Starts an estate and waits until it is ready. Fails with a Problem that says what to do: `home.in-use`, `port.in-use`,
 * `postgres.missing`, `toolchain.*`, `server.failed`, … and leaves no process behind then.
 */
export async function startEstate(options: EstateOptions = {}): Promise<Estate> {
  const began = performance.now()
  const env = options.env ?? process.env
  const home = homePaths(options.home ?? defaultHome(env)).home
  const known = await readRecord(homePaths(home))
  const portBase = options.portBase === 'free' ? (known?.portBase ?? (await findPortBase())) : options.portBase
  const attached = options.attached ?? true
  const input: DaemonInput = {
    home,
    cache: defaultCache(env),
    without: options.without ?? [],
    attached,
    ...(portBase === undefined ? {} : { portBase }),
    ...(options.throwAway === undefined ? {} : { throwAway: options.throwAway }),
    ...(options.node === undefined ? {} : { node: options.node }),
  }
  options.signal?.throwIfAborted()
  const stderr = anonymousFile()
  const child = spawn(process.execPath, [...NODE_FLAGS, DAEMON], {
    env: { ...env, STEWARD_DAEMON: JSON.stringify(input) },
    detached: true, // a Ctrl-C on the terminal reaches us, and we end it in order
    stdio: ['ignore', stderr, stderr, 'ipc'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const abort = () => child.kill('SIGTERM')
  options.signal?.addEventListener('abort', abort, { once: true })
  try {
    await untilReady(child, stderr, options.log ?? (() => undefined))
    options.signal?.throwIfAborted()
  } catch (error) {
    child.kill('SIGTERM')
    await exited
    await endStrays(home)
    throw error
  } finally {
    options.signal?.removeEventListener('abort', abort)
    closeSync(stderr)
  }
  if (!attached) {
    child.disconnect()
    child.unref()
  }
  const estate = await describeEstate(home)
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    await endStrays(home)
  }
  return { ...estate, pid: child.pid ?? 0, startedInMs: Math.round(performance.now() - began), exited, stop }
}

/** Addresses and paths of an estate, running or not. Fails with `home.not-running` when there is none in this home. */
export async function describeEstate(home: string): Promise<Omit<Estate, 'pid' | 'startedInMs' | 'exited' | 'stop'>> {
  const paths = homePaths(home)
  const record = await readRecord(paths)
  if (!record)
    throw estateProblems['home.not-running']({
      detail: `${paths.home} holds no estate: start one with "npm start" or "npm run estate -- up"`,
    })
  const ports = portsFrom(record.portBase)
  const url = (port: number) => `http://127.0.0.1:${port}`
  return {
    home: paths.home,
    ports,
    paths,
    credentials: credentialPaths(paths.credentials),
    urls: {
      api: url(ports.api),
      edge: url(ports.edge),
      gateway: url(ports.gateway),
      daemon: url(ports.daemon),
      worker: url(ports.worker),
      prometheus: url(ports.prometheus),
    },
    temporalAddress: `127.0.0.1:${ports.temporal}`,
    regionFile: paths.regionFile,
  }
}

/** The daemon that runs this home's estate now, if any. */
export async function runningDaemon(home: string): Promise<DaemonRecord | undefined> {
  const text = await readFile(join(homePaths(home).run, 'daemon.json'), 'utf8').catch(() => undefined)
  if (!text) return undefined
  const record = JSON.parse(text) as DaemonRecord // written whole by the daemon
  return isRunning(record) ? record : undefined
}

/** Ends a home's estate, also what a killed daemon left behind. Returns what was found. */
export async function stopEstate(home: string): Promise<{ wasRunning: boolean; leftovers: number }> {
  const paths = homePaths(home)
  // Asked before the record: a home that was deleted under its estate still has a daemon.
  const daemon = (await runningDaemon(home)) ?? (await homeHolder(paths.home))
  if (daemon) {
    process.kill(daemon.pid, 'SIGCONT')
    process.kill(daemon.pid, 'SIGTERM')
    if (!(await waitUntilGone([daemon], STOP_WITHIN_MS))) await signalTree(daemon.pid, 'SIGKILL')
  }
  return { wasRunning: daemon !== undefined, leftovers: await endStrays(home) }
}

/** Ends what a killed daemon left behind; nothing while somebody else runs the home. Returns how many there were. */
async function endStrays(home: string): Promise<number> {
  const paths = homePaths(home)
  const record = await readRecord(paths)
  const lock = record && (await tryLock(homeLock(paths.home), 'ending what was left behind'))
  if (!lock) return 0
  try {
    return await endLeftovers(paths, record)
  } finally {
    await lock.release()
  }
}
