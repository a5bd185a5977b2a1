import { isLostConnection } from './lost-connection.ts'

/**
 * A bucket of S3, or of what speaks like it. Who asks finds credentials as the SDK of AWS does: environment, profile, role of the machine.
 * `endpoint`: another address than AWS's own. `kmsKeyId`: encrypts what is written, where the bucket's default does not.
 */
export type Bucket = { name: string; region: string; endpoint?: string; kmsKeyId?: string }
/** One that states of stacks are kept in, below `prefix` where one is named. */
export type StateBucket = Bucket & { prefix?: string }

/** Key of what lies at a place of the bucket, and what encrypts it where the bucket's default does not. */
export const keyIn = ({ prefix }: StateBucket, place: string): string => (prefix ? `${prefix}/${place}` : place)
export const sealingIn = ({ kmsKeyId }: Pick<Bucket, 'kmsKeyId'>) =>
  kmsKeyId ? ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId } as const) : {}

const ATTEMPTS = 4
const CONNECT_TIMEOUT_MS = 5_000

/** Settings of a client of S3 for a bucket; one call is answered within `answerMs`, and made four times at most. */
export const bucketClientSettings = ({ region, endpoint }: Pick<Bucket, 'region' | 'endpoint'>, answerMs: number) => ({
  region,
  maxAttempts: ATTEMPTS,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: answerMs },
  ...(endpoint ? { endpoint, forcePathStyle: true } : {}), // names of buckets are no names of hosts there
})

/** `missing`: the object is not there. `unreachable`: it may go well later. `refused`: it will not, until somebody gives the right. */
export type BucketFault = 'missing' | 'unreachable' | 'refused'

const PASSING = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
  'NoSuchUpload',
  'NoSuchBucket',
])
const LOST_NAMES = new Set(['TimeoutError', 'NetworkingError', 'CredentialsProviderError'])

/** What went wrong with a call, by S3's own words or those of the connection; undefined where neither said anything. */
export function bucketFault(error: unknown): BucketFault | undefined {
  if (!(error instanceof Error)) return undefined
  const isLost = LOST_NAMES.has(error.name) || isLostConnection(error)
  if (!('$fault' in error) && !isLost) return undefined
  const status = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined
  if (error.name === 'NoSuchKey') return 'missing'
  return status === undefined || status >= 500 || PASSING.has(error.name) ? 'unreachable' : 'refused'
}
