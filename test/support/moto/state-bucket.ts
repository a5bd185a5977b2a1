import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { StateBucket } from '../../../control-plane/domain/bucket.ts'

export const STATE_REGION = 'eu-central-1'
/** What workers and runners find in their environment. Long enough to be looked for wherever it must not be. */
export const STATE_CREDENTIAL = {
  AWS_ACCESS_KEY_ID: 'AKIASTATEOFSTACKS001',
  AWS_SECRET_ACCESS_KEY: 'sEcReT0fTheStateBucket+NobodyMaySeeIt/01',
}

/** Puts the credential into this process's environment; what it returns takes it out again. */
export function withStateCredential(): () => void {
  const before = Object.keys(STATE_CREDENTIAL).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, STATE_CREDENTIAL)
  return () => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
}

const clientAt = (moto: string): S3Client => {
  const [accessKeyId, secretAccessKey] = Object.values(STATE_CREDENTIAL) as [string, string]
  const credentials = { accessKeyId, secretAccessKey }
  return new S3Client({ region: STATE_REGION, credentials, endpoint: moto, forcePathStyle: true })
}

/** Makes a bucket of moto such that the plane may keep something in it. */
export async function keepingBucket(moto: string, Bucket: string): Promise<void> {
  const s3 = clientAt(moto)
  await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: STATE_REGION } }))
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }]
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }))
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const closed = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: closed }))
  s3.destroy()
}

/** Keys in a bucket of moto. */
export async function keysIn(moto: string, Bucket: string, Prefix = ''): Promise<string[]> {
  const s3 = clientAt(moto)
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  s3.destroy()
  return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).toSorted()
}

export type BucketByHand = {
  /** The bucket as it is reached at another address of the same server. */
  at: (endpoint: string) => StateBucket
  put: (key: string, text: string | null) => Promise<void>
  get: (key: string) => Promise<string | undefined>
  keys: () => Promise<string[]>
  close: () => void
}

/** A bucket of moto that is made here, and what lies in it past every store. Keys are without its prefix. */
export async function stateBucket(moto: string, name: string, prefix = 'stacks/of-test'): Promise<BucketByHand> {
  await keepingBucket(moto, name)
  const s3 = clientAt(moto)
  const object = (key: string) => ({ Bucket: name, Key: `${prefix}/${key}` })
  return {
    at: (endpoint) => ({ name, region: STATE_REGION, endpoint, prefix }),
    async put(key, text) {
      if (text === null) await s3.send(new DeleteObjectCommand(object(key)))
      else await s3.send(new PutObjectCommand({ ...object(key), Body: text }))
    },
    async get(key) {
      const found = await s3.send(new GetObjectCommand(object(key))).catch(() => undefined)
      return found?.Body?.transformToString()
    },
    keys: () => keysIn(moto, name, `${prefix}/`),
    close: () => s3.destroy(),
  }
}
