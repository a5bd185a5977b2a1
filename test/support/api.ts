import { randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { assemble } from '../../control-plane/app.ts'
import type { Role } from '../../control-plane/domain/access.ts'
import type { Clock } from '../../control-plane/platform/clock.ts'
import { openCredentials } from '../../control-plane/features/access/access.credentials.ts'
import { openEventHub } from '../../control-plane/features/operations/operations.hub.ts'
import { usualLimits, type FailureLimits } from '../../control-plane/platform/auth-failures.ts'
import { openDatabase, type Database } from '../../control-plane/platform/database.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { newSecret, secretHash } from '../../control-plane/platform/secret.ts'
import type { SignInSettings } from '../../control-plane/features/sign-in/sign-in.settings.ts'
import { createCursors } from '../../control-plane/platform/pagination.ts'
import { createSigning, type Signing } from '../../control-plane/platform/signing.ts'
import { createTelemetry } from '../../control-plane/platform/telemetry.ts'
import { testDatabase, type TestDatabase } from './database.ts'
import { withClient } from './postgres.ts'

/** How long operations wait for an approval in tests: a day, as by default. */
export const APPROVAL_MS = 86_400_000

/** How long quotes last in tests: two weeks, as by default. */
export const QUOTE_MS = 14 * 86_400_000

/** Where links lead in tests. */
export const PUBLIC_URL = 'http://plane.example:7400'

export type TestApi = {
  app: FastifyInstance
  database: TestDatabase
  operator: Database
  signing: Signing
  /** What its keys are sealed with. */
  sealingKey: Buffer
  /** Every line the API logged so far. */
  log: string[]
  /** The time the API sees: real unless a test moves it. */
  clock: { now: () => Date; moveTo: (time: Date | undefined) => void }
  /** Makes an operator with one token. */
  login: (role: Role | 'emperor', particulars?: Particulars) => Promise<LoggedIn>
  /** Opens a session of an operator, as a sign-in does. */
  session: (operatorId: string, times?: { expiresAt?: Date; idleSeconds?: number }) => Promise<SessionOpened>
  /** A request with a token; the answer's body is parsed. */
  call: (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, options?: CallOptions) => Promise<Called>
  close: () => Promise<void>
}
type Particulars = { name?: string; expiresAt?: Date; tokenRole?: string; verbs?: readonly string[] }
export type LoggedIn = { token: string; operatorId: string; tokenId: string; name: string }
export type SessionOpened = { token: string; sessionId: string }
export type CallOptions = {
  token?: string | null
  body?: unknown
  headers?: Record<string, string>
  payload?: string
  /** Where it comes from; loopback when left out. */
  address?: string
}
export type Called = { status: number; headers: Record<string, unknown>; body: Record<string, unknown>; text: string }

/** Tests fail on purpose, from one address: what is put off has a test of its own. */
export const AUTH_FAILURES = usualLimits(10_000)
export const SESSION_TIMES = { longestSeconds: 43_200, idleSeconds: 3600 }

export type TestApiOptions = {
  authFailures?: FailureLimits
  trustedProxies?: readonly string[]
  signInWith?: SignInSettings
  kubeconfigSeconds?: number
}

/** The API as `main.ts` wires it, on a database of its own, without a port and without the loops beside the routes. */
export async function testApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database = await testDatabase()
  const operator = openDatabase({
    url: database.url('steward_operator'),
    applicationName: 'test-api',
    settings: { lock_timeout: '10s' },
  })
  const log: string[] = []
  const logger = createLogger({ level: 'debug', process: 'test' }, { write: (line: string) => void log.push(line) })
  let moved: Date | undefined
  const clock: Clock = { now: () => moved ?? new Date() }
  const checks = [{ name: 'database', run: () => operator.transaction(async () => {}) }]
  const sealing = randomBytes(32)
  const signing = createSigning({ key: sealing, clock })
  const telemetry = createTelemetry()
  const hub = await openEventHub(operator)
  const credentials = await openCredentials({ database: operator, clock })
  const { app } = await assemble({
    database: operator,
    cursors: createCursors(randomBytes(32)),
    signing,
    clock,
    logger,
    telemetry,
    credentials,
    signInWith: options.signInWith ?? null,
    sessionTimes: SESSION_TIMES,
    authFailures: options.authFailures ?? AUTH_FAILURES,
    trustedProxies: options.trustedProxies ?? [],
    hub,
    checks,
    approvalMs: APPROVAL_MS,
    quoteMs: QUOTE_MS,
    soakMinutes: 60,
    publicUrl: PUBLIC_URL,
    sealingKey: sealing,
    kubeconfigSeconds: options.kubeconfigSeconds ?? 86_400,
  })
  await app.ready()
  const login: TestApi['login'] = (role, { name = `${role}-${newId()}`, expiresAt, tokenRole, verbs } = {}) => {
    const [token, operatorId, tokenId] = [newSecret('token'), newId(), newId()]
    return withClient(database.url(), async (client) => {
      await client.query('insert into operators (id, name, role) values ($1, $2, $3)', [operatorId, name, role])
      await client.query(
        'insert into operator_tokens (id, operator_id, token_hash, expires_at, role, verbs) values ($1, $2, $3, $4, $5, $6)',
        [tokenId, operatorId, secretHash(token), expiresAt ?? null, tokenRole ?? null, verbs ?? null],
      )
      return { token, operatorId, tokenId, name }
    })
  }
  const session: TestApi['session'] = (operatorId, { expiresAt, idleSeconds = 3600 } = {}) => {
    const [token, sessionId, now] = [newSecret('session'), newId(), clock.now()]
    return withClient(database.url(), async (client) => {
      await client.query(
        `insert into operator_sessions (id, operator_id, secret_hash, client, amr, created_at, last_used_at, expires_at, idle_seconds)
         values ($1, $2, $3, 'cli', '{pwd}', $4, $4, $5, $6)`,
        [sessionId, operatorId, secretHash(token), now, expiresAt ?? new Date(now.getTime() + 43_200_000), idleSeconds],
      )
      return { token, sessionId }
    })
  }
  const administrator = await login('administrator')
  const call: TestApi['call'] = async (
    method,
    url,
    { token = administrator.token, body, headers = {}, payload, address } = {},
  ) => {
    const request: InjectOptions = { method, url, headers: { ...headers }, ...(address && { remoteAddress: address }) }
    if (token !== null) request.headers = { authorization: `Bearer ${token}`, ...request.headers }
    if (body !== undefined) request.payload = JSON.stringify(body)
    if (payload !== undefined) request.payload = payload
    if (request.payload !== undefined) request.headers = { 'content-type': 'application/json', ...request.headers }
    const answer = await app.inject(request)
    const json = /[/+]json/.test(String(answer.headers['content-type'])) && answer.body !== ''
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: json ? answer.json<Record<string, unknown>>() : {},
      text: answer.body,
    }
  }
  return {
    app,
    database,
    operator,
    signing,
    sealingKey: sealing,
    log,
    clock: { now: clock.now, moveTo: (time) => (moved = time) },
    login,
    session,
    call,
    close: async () => {
      await app.close()
      await hub.close()
      await credentials.close()
      await telemetry.close()
      await operator.close()
      await database.drop()
    },
  }
}
