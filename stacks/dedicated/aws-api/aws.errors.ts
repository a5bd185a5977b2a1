import { defineProblems, Problem } from '../../../control-plane/domain/problem.ts'

/** Everything that can go wrong at the API of AWS. Retryable means: the same call may succeed later without anyone changing anything. */
export const awsProblems = defineProblems({
  'aws.unreachable': { status: 503, retryable: true, title: 'AWS does not answer; check the way to its API' },
  'aws.throttled': { status: 503, retryable: true, title: 'AWS refuses so many requests; it goes on by itself' },
  'aws.failed': { status: 502, retryable: true, title: 'AWS failed at the request' },
  'aws.unauthenticated': {
    status: 502,
    retryable: false,
    title: 'AWS does not know the credential, or it has expired; renew it',
  },
  'aws.forbidden': { status: 502, retryable: false, title: 'The credential lacks a right at AWS; grant it' },
  'aws.not-found': { status: 404, retryable: false, title: 'AWS has no such resource' },
  'aws.exists': { status: 409, retryable: false, title: 'AWS has a resource of this name already' },
  'aws.foreign': {
    status: 409,
    retryable: false,
    title: 'The resource belongs to somebody else; adopt or remove it by hand',
  },
  'aws.busy': { status: 409, retryable: true, title: 'The resource is being changed just now' },
  'aws.limit-exceeded': {
    status: 409,
    retryable: false,
    title: 'A limit of the AWS account is reached; have it raised, then retry the operation',
  },
  'aws.refused': { status: 502, retryable: false, title: 'AWS refused the request' },
  'aws.stalled': { status: 504, retryable: false, title: 'AWS does not finish what it began' },
})

type Code = keyof typeof awsProblems

/** Names of errors by what they mean: each service of AWS has its own for the same thing. The first that fits decides. */
const MEANINGS: readonly [RegExp, Code][] = [
  [
    /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|BandwidthLimitExceeded|PriorRequestNotComplete)/,
    'aws.throttled',
  ],
  [
    /^(UnrecognizedClient|InvalidClientTokenId|ExpiredToken|AuthFailure|SignatureDoesNotMatch|MissingAuthenticationToken|InvalidSignature|IncompleteSignature|CredentialsProviderError|TokenProviderError)/,
    'aws.unauthenticated',
  ],
  [
    /^(AccessDenied|UnauthorizedOperation|Unauthorized|NotAuthorized|AuthorizationError|KMSKeyNotAccessible)/,
    'aws.forbidden',
  ],
  [/(NotFound|NotFoundFault|NoSuchEntity|NotFoundException|NoSuchEntityException)$/, 'aws.not-found'],
  [/(AlreadyExists|ResourceExists|AlreadyExistsException|EntityAlreadyExists)/, 'aws.exists'],
  [/(QuotaExceeded|LimitExceeded|ServiceQuota|LimitReached)/, 'aws.limit-exceeded'],
  [
    /(InvalidDBInstanceState|InvalidDBSnapshotState|InvalidState|ResourceInUse|OperationAborted|Conflict|ConcurrentModification)/,
    'aws.busy',
  ],
]

/**
 * The Problem for what a call of the SDK threw. Only the name and AWS's sentence are told, with `confidential` the name alone: the
 * sentence may quote what was sent, which may be a password.
 */
export function awsProblem(error: unknown, what: string, confidential = false): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error
  const { name, message } = error
  const status = statusOf(error)
  const sentence = confidential || message === '' ? name : `${message} (${name})`
  const particulars = { detail: `${what}: ${sentence}`, extra: { httpStatus: status ?? null, awsCode: name } }
  const meant = MEANINGS.find(([pattern]) => pattern.test(name))?.[1]
  if (meant) return awsProblems[meant](particulars)
  if (status === undefined) return isNetworkFault(error) ? awsProblems['aws.unreachable'](particulars) : error
  if (status === 401 || status === 403) return awsProblems['aws.forbidden'](particulars)
  if (status === 429) return awsProblems['aws.throttled'](particulars)
  return awsProblems[status >= 500 ? 'aws.failed' : 'aws.refused'](particulars)
}

function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number }
  return httpStatusCode
}

/** What Node and the SDK throw when no answer came, or half of one. */
const NETWORK_FAULTS =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|TimeoutError|NetworkingError)/
const isNetworkFault = (error: Error): boolean =>
  NETWORK_FAULTS.test(error.name) ||
  ('code' in error && NETWORK_FAULTS.test(String(error.code))) ||
  error.message === 'socket hang up'

/** Whether an error is a Problem of one of these codes. */
export const isAws = (error: unknown, ...codes: Code[]): error is Problem =>
  error instanceof Problem && (codes as string[]).includes(error.code)
