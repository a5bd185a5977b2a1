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
  code?: string
  title?: string
  detail?: string
  status?: number
  retryable?: boolean
  errors?: readonly { pointer: string; message: string }[]
}

const exitCodeOf = ({ status = 0, retryable }: ProblemBody): ExitCode => {
  if (status === 401 || status === 403) return EXIT.access
  if (status === 404) return EXIT.notFound
  if (retryable === true || status === 429 || status === 503) return EXIT.retryable
  if (status === 409 || status === 412) return EXIT.conflict
  return status >= 400 && status < 500 ? EXIT.usage : EXIT.other
}

/** The one reader of the API's errors: any problem answer becomes a Failure. */
export function failureOf(body: unknown, status: number): Failure {
  const problem: ProblemBody = typeof body === 'object' && body !== null ? { status, ...body } : { status }
  const message = problem.detail ?? problem.title ?? `the plane answered ${status}`
  const details = (problem.errors ?? []).map(({ pointer, message: what }) => `${pointer || '/'}: ${what}`)
  return new Failure(exitCodeOf(problem), problem.code ?? `http.${status}`, message, details)
}

/** A plane that cannot be reached is worth another try. */
export const unreachable = (url: string, cause: unknown): Failure =>
  new Failure(EXIT.retryable, 'plane.unreachable', `cannot reach the plane at ${url}: ${reason(cause)}; is it running?`)

const reason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'no answer'
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message
}
