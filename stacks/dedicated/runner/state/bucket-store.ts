import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import {
  bucketClientSettings,
  bucketFault,
  keyIn,
  sealingIn,
  type BucketFault,
  type StateBucket,
} from '../../../../control-plane/domain/bucket.ts'
import { runnerProblems } from '../runner.errors.ts'
import { engineLocksOf, placeOf, type Part, type StateStore, type Versioned } from './state-store.ts'

/** Of one call; a lease that is renewed must have been asked for several times before it runs out. */
const ANSWER_TIMEOUT_MS = 8_000

const OVERTAKEN = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'])

/**
 * What is written on a condition that does not hold: another text is there, nothing is, or another write is on its way. The client repeats
 * what was not answered, so it may have been itself that was faster.
 */
export const isOvertaken = (error: unknown): boolean => error instanceof Error && OVERTAKEN.has(error.name)

/**
 * The stores of a bucket, or of a prefix in it, at which runners of any machine may meet. It must take conditional writes. Rights that it
 * takes: ListBucket on the bucket; GetObject, PutObject and DeleteObject on its objects, for the engine as for the runner.
 */
export function bucketStore(at: StateBucket, stack: string): StateStore {
  const client = new S3Client(bucketClientSettings(at, ANSWER_TIMEOUT_MS))
  const Bucket = at.name
  const keyOf = (place: string) => keyIn(at, place)
  const address = (part: Part) => `s3://${Bucket}/${keyOf(placeOf(part, stack))}`
  const backend = backendOf(at)

  const put = async (part: Part, Body: string, when: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'> = {}) => {
    const object = { Bucket, Key: keyOf(placeOf(part, stack)), Body, ContentType: 'application/json' }
    const { ETag } = await client.send(new PutObjectCommand({ ...object, ...sealingIn(at), ...when }))
    return ETag
  }
  const read = (part: Part): Promise<Versioned | undefined> =>
    told(address(part), async () => {
      const found = await objectIn(client, Bucket, keyOf(placeOf(part, stack)))
      return found && { text: (await found.Body?.transformToString()) ?? '', version: found.ETag ?? '' }
    })
  return {
    stack,
    name: `${backend}#${stack}`,
    backend,
    shared: true,
    address,
    read,
    async write(part, text) {
      await told(address(part), () => put(part, text))
    },
    swap: (part, text, seen) =>
      told(address(part), async () => {
        try {
          return await put(part, text, seen === undefined ? { IfNoneMatch: '*' } : { IfMatch: seen })
        } catch (error) {
          if (!isOvertaken(error)) throw error
          const found = await read(part)
          return found?.text === text ? found.version : undefined
        }
      }),
    async remove(part) {
      await told(address(part), () =>
        client.send(new DeleteObjectCommand({ Bucket, Key: keyOf(placeOf(part, stack)) })),
      )
    },
    hasEngineLocks: () =>
      told(`s3://${Bucket}`, async () => {
        const Prefix = `${keyOf(engineLocksOf(stack))}/`
        const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }))
        return KeyCount > 0
      }),
    close: () => client.destroy(),
  }
}

/** Undefined where nothing lies under that key. */
export async function objectIn(
  client: S3Client,
  Bucket: string,
  Key: string,
): Promise<GetObjectCommandOutput | undefined> {
  try {
    return await client.send(new GetObjectCommand({ Bucket, Key }))
  } catch (error) {
    if (bucketFault(error) === 'missing') return undefined
    throw error
  }
}

/** As the engine (3.250, gocloud.dev 0.46) reads it; credentials it finds in its environment. */
function backendOf({ name, region, endpoint, prefix, kmsKeyId }: StateBucket): string {
  const parameters = new URLSearchParams({
    region,
    ...(endpoint ? { endpoint, s3ForcePathStyle: 'true' } : {}),
    ...(kmsKeyId ? { ssetype: 'aws:kms', kmskeyid: kmsKeyId } : {}),
  })
  return `s3://${name}${prefix ? `/${prefix}` : ''}?${parameters.toString()}`
}

const CODES: Readonly<Record<BucketFault, 'state.unreachable' | 'state.refused'>> = {
  missing: 'state.unreachable', // no object is asked for that must be there: what is missing is the bucket
  unreachable: 'state.unreachable',
  refused: 'state.refused',
}

/** S3's own words for what went wrong, as ours. Its message is not told: it may quote what was sent. */
export async function told<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const fault = bucketFault(cause)
    if (!fault) throw cause
    throw runnerProblems[CODES[fault]]({ detail: `${where}: ${(cause as Error).name}`, cause })
  }
}
