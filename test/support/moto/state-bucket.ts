import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
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
  const [accessKeyId, secretAccessKey] = Object.values(STATE_CREDENTIAL) as [string, string]
  const credentials = { accessKeyId, secretAccessKey }
  const s3 = new S3Client({ region: STATE_REGION, credentials, endpoint: moto, forcePathStyle: true })
  const CreateBucketConfiguration = { LocationConstraint: STATE_REGION } as const
  await s3.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration }))
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
    async keys() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix: `${prefix}/` }))
      return Contents.map(({ Key = '' }) => Key.slice(prefix.length + 1)).toSorted()
    },
    close: () => s3.destroy(),
  }
}
