import {
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { ExportBucket } from '../domain/region-settings.ts'

/** What S3 calls regions that had names before it had regions. */
const OLD_NAMES: Readonly<Record<string, string>> = { '': 'us-east-1', EU: 'eu-west-1' }

/**
 * Why a bucket is no place for exports, in words; empty where it is one: it lies in the region that it is registered for, everything in
 * it is encrypted, overwritten and deleted versions are kept until they are removed by name, nobody outside reads it, and it locks
 * nothing whose time may be over before the lock's.
 */
export async function bucketFaults(
  client: S3Client,
  { name: Bucket, region, kmsKeyId }: ExportBucket,
): Promise<string[]> {
  const input = { Bucket }
  const { LocationConstraint: place = '' } = await client.send(new GetBucketLocationCommand(input))
  const lies = OLD_NAMES[place] ?? place
  if (lies !== region) return [`it lies in ${lies}, not in ${region}`] // asked elsewhere, the rest would be answered or not
  const [encryption, versioning, lock, access] = await Promise.all([
    unless('ServerSideEncryptionConfigurationNotFoundError', client.send(new GetBucketEncryptionCommand(input))),
    client.send(new GetBucketVersioningCommand(input)),
    unless('ObjectLockConfigurationNotFoundError', client.send(new GetObjectLockConfigurationCommand(input))),
    unless('NoSuchPublicAccessBlockConfiguration', client.send(new GetPublicAccessBlockCommand(input))),
  ])
  const rules = encryption?.ServerSideEncryptionConfiguration?.Rules ?? []
  const sealed = rules.map((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm)
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
    access?.PublicAccessBlockConfiguration ?? {}
  const closed = BlockPublicAcls && IgnorePublicAcls && BlockPublicPolicy && RestrictPublicBuckets
  const kept = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention
  const because = (when: boolean, why: string) => (when ? [why] : [])
  return [
    ...because(!sealed.some(Boolean) && !kmsKeyId, 'what is in it is not encrypted by default'),
    ...because(versioning.Status !== 'Enabled', 'it keeps no versions'),
    ...because(!closed, 'public access to it is not blocked'),
    ...because(kept !== undefined, 'it locks every object for a time, also when that of an export is over'),
  ]
}

/** Undefined where S3 says that there is no such setting. */
const unless = <T>(name: string, answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof Error && error.name === name) return undefined
    throw error
  })
