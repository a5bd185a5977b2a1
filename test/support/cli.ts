import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { assemble } from '../../control-plane/app.ts'
import { runCommandLine } from '../../control-plane/cli/program.ts'
import { openCredentials } from '../../control-plane/features/access/access.credentials.ts'
import { openEventHub } from '../../control-plane/features/operations/operations.hub.ts'
import { operationsRecorder, type Recorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { lockSubjects } from '../../control-plane/features/operations/operations.request.ts'
import { featureHooks } from '../../control-plane/hooks.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import type { SignInSettings } from '../../control-plane/features/sign-in/sign-in.settings.ts'
import { createCursors } from '../../control-plane/platform/pagination.ts'
import { createTelemetry } from '../../control-plane/platform/telemetry.ts'
import { APPROVAL_MS, AUTH_FAILURES, PUBLIC_URL, QUOTE_MS, SESSION_TIMES } from './api.ts'
import { customers, type Customers } from './customers.ts'
import { freePort } from './postgres.ts'

/** What a command line printed and how it ended. */
export type Ran = { code: number; out: string; err: string; painted: string }
export type RunOptions = {
  env?: Record<string, string>
  input?: string
  /** Size of the terminal that standard error is; none when left out. */
  terminal?: { columns: number; rows: number }
}
/** A command line that still runs: what it has printed so far, and its end. */
export type Running = { said: () => Ran; ended: Promise<Ran> }

/** Runs a command line inside this process and collects what it prints. */
export function start(argv: readonly string[], { env = {}, input = '', terminal }: RunOptions = {}): Running {
  const lines = { out: [] as string[], err: [] as string[], painted: [] as string[] }
  const said = (code = -1): Ran => ({
    code,
    out: lines.out.join('\n'),
    err: lines.err.join('\n'),
    painted: lines.painted.join(''),
  })
  const ended = runCommandLine(argv, {
    env,
    print: (text) => lines.out.push(text),
    note: (text) => lines.err.push(text),
    input: async () => input,
    terminal: terminal ? { paint: (text) => lines.painted.push(text), size: () => terminal } : null,
  }).then(said)
  return { said: () => said(), ended }
}
export const run = (argv: readonly string[], options?: RunOptions): Promise<Ran> => start(argv, options).ended

/** The API on a real port of loopback, which a test can take away and bring back. */
export type ServedPlane = Customers & {
  url: string
  token: string
  recorder: Recorder
  folder: string
  /** Runs a command line as the administrator, by the environment. */
  as: (line: string, options?: RunOptions & { token?: string }) => Promise<Ran>
  follow: (line: string, options?: RunOptions) => Running
  /** Event streams that are open now. */
  watchers: () => number
  /** Ends the server; `abruptly` breaks its connections in the middle of what they carry. */
  down: (abruptly?: boolean) => Promise<void>
  up: () => Promise<void>
}

export async function servedPlane(signIn?: (url: string) => SignInSettings): Promise<ServedPlane> {
  const plane = await customers()
  const port = await freePort()
  const signInWith = signIn?.(`http://127.0.0.1:${port}`) ?? null
  const cursors = createCursors(randomBytes(32))
  const { signing, sealingKey: sealing } = plane
  const serve = async () => {
    const [telemetry, hub] = [createTelemetry(), await openEventHub(plane.operator)]
    const credentials = await openCredentials({ database: plane.operator, clock: plane.clock })
    const logger = createLogger({ level: 'silent', process: 'test' })
    const parts = {
      database: plane.operator,
      cursors,
      signing,
      clock: plane.clock,
      logger,
      telemetry,
      credentials,
      signInWith,
      sessionTimes: SESSION_TIMES,
      authFailures: AUTH_FAILURES,
      trustedProxies: [],
      hub,
      checks: [],
      approvalMs: APPROVAL_MS,
      kubeconfigSeconds: 86_400,
      quoteMs: QUOTE_MS,
      soakMinutes: 60,
      publicUrl: PUBLIC_URL,
      sealingKey: sealing,
    }
    const { app } = await assemble(parts)
    await app.listen({ host: '127.0.0.1', port })
    return { app, telemetry, hub, credentials }
  }
  let served: Awaited<ReturnType<typeof serve>> | null = await serve()
  const down = async (abruptly = false) => {
    const { app, telemetry, hub, credentials } = served ?? {}
    served = null
    if (abruptly) app?.server.closeAllConnections()
    await app?.close()
    await hub?.close()
    await credentials?.close()
    await telemetry?.close()
  }
  const { token } = await plane.login('administrator')
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-cli-'))
  const url = `http://127.0.0.1:${port}`
  const closing = { database: plane.worker, hooks: featureHooks(lockSubjects, plane.clock), onError: () => {} }
  const env = (options: RunOptions & { token?: string }) => ({
    ...options,
    env: { STEWARD_URL: url, STEWARD_TOKEN: options.token ?? token, ...options.env },
  })
  return {
    ...plane,
    url,
    token,
    folder,
    recorder: operationsRecorder(closing),
    as: (line, options = {}) => run(words(line), env(options)),
    follow: (line, options = {}) => start(words(line), env(options)),
    watchers: () => served?.hub.watchers() ?? 0,
    down,
    up: async () => void (served ??= await serve()),
    close: async () => {
      await down()
      await rm(folder, { recursive: true })
      await plane.close()
    },
  }
}

/** The words of a line; "quotes" keep spaces together. */
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
