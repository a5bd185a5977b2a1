/** Exit codes by class of error, so that scripts can tell "fix the call" from "try again". */
export const EXIT = { ok: 0, other: 1, usage: 2, access: 3, notFound: 4, conflict: 5, retryable: 6 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What ends a command: one sentence for people, a code for programs, an exit code for scripts. */
export class Failure extends Error {
  readonly exitCode: ExitCode
  readonly code: string
  readonly details: readonly string[]

  constructor(exitCode: ExitCode, code: string, message: string, details: readonly string[] = []) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.details = details
  }
}

export const usageError = (message: string): Failure => new Failure(EXIT.usage, 'usage', message)

/** The members of an RFC 9457 answer that matter here. */
type ProblemBody = {
  code: string
  title?: string
  detail?: string
  status?: number
  retryable?: boolean
  instance?: string
  errors?: readonly { in?: string; pointer: string; message: string }[]
}

const isProblem = (body: unknown): body is ProblemBody =>
  typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'

/** What a proxy answers in the place of a plane that is away. */
const AWAY: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])

/** A conflict that ends by itself (another operation still runs) is worth another try: `retryable` goes before the status. */
function exitCodeOf(status: number, retryable: boolean): ExitCode {
  if (status === 401 || status === 403) return EXIT.access
  if (status === 404) return EXIT.notFound
  if (retryable || AWAY.has(status)) return EXIT.retryable
  if (status === 409 || status === 412) return EXIT.conflict
  return status >= 400 && status < 500 ? EXIT.usage : EXIT.other
}

/** The one reader of the API's errors: the answer of `url` with this status and body becomes a Failure. */
export function failureOf(url: string, status: number, body: unknown): Failure {
  if (!isProblem(body)) return AWAY.has(status) ? away(url, status) : notAPlane(url, status)
  const { code, title, detail, retryable = false, instance, errors = [] } = body
  const faults = errors.map(({ in: where = 'body', pointer, message }) => `${where} ${pointer || '/'}: ${message}`)
  const trace =
    status >= 500 && instance !== undefined ? [`request ${instance}: the plane's log has it under this id`] : []
  const exitCode = exitCodeOf(body.status ?? status, retryable)
  return new Failure(exitCode, code, detail ?? title ?? `the plane answered ${status}`, [...faults, ...trace])
}

const away = (url: string, status: number) =>
  new Failure(
    EXIT.retryable,
    'plane.unreachable',
    `the plane at ${url} is away: something before it answered ${status}`,
  )

/** Somebody answered, but not as a plane does. */
export const notAPlane = (url: string, status: number): Failure =>
  new Failure(EXIT.other, 'plane.not-a-plane', `${url} answered ${status}, but not as a plane does: check the address`)

/** A plane that cannot be reached is worth another try. */
export const unreachable = (url: string, cause: unknown): Failure =>
  new Failure(EXIT.retryable, 'plane.unreachable', `cannot reach the plane at ${url}: ${reason(cause)}; is it running?`)

const reason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'no answer'
  if (cause.name === 'TimeoutError') return 'no answer in time'
  if (cause.cause instanceof AggregateError) return cause.cause.errors.map(reason).join(', ') // one per address of the host
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message
}
