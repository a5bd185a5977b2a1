import {
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import type { Bucket } from '../domain/bucket.ts'

/** What S3 calls regions that had names before it had regions. */
const OLD_NAMES: Readonly<Record<string, string>> = { '': 'us-east-1', EU: 'eu-west-1' }

/** What is wrong in one way, in words. */
type Look = (client: S3Client, bucket: Bucket) => Promise<string | undefined>

/**
 * Why a bucket is no place for what the plane keeps, in words; empty where it is one: it lies in the region that is named, everything in it
 * is encrypted, overwritten and deleted versions are kept until they are removed by name, nobody outside reads it, and nothing else is
 * wrong that is to be looked at.
 */
export async function bucketFaults(client: S3Client, bucket: Bucket, also: readonly Look[] = []): Promise<string[]> {
  const { LocationConstraint: place = '' } = await client.send(new GetBucketLocationCommand({ Bucket: bucket.name }))
  const lies = OLD_NAMES[place] ?? place
  if (lies !== bucket.region) return [`it lies in ${lies}, not in ${bucket.region}`] // asked elsewhere, the rest would be answered or not
  const looks = [unsealed, unversioned, open, ...also]
  const found = await Promise.all(looks.map((look) => look(client, bucket)))
  return found.filter((fault) => fault !== undefined)
}

const unsealed: Look = async (client, { name, kmsKeyId }) => {
  const asked = client.send(new GetBucketEncryptionCommand({ Bucket: name }))
  const encryption = await unless('ServerSideEncryptionConfigurationNotFoundError', asked)
  const rules = encryption?.ServerSideEncryptionConfiguration?.Rules ?? []
  const sealed = rules.some((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm)
  return sealed || kmsKeyId ? undefined : 'what is in it is not encrypted by default'
}

const unversioned: Look = async (client, { name }) => {
  const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: name }))
  return Status === 'Enabled' ? undefined : 'it keeps no versions'
}

const open: Look = async (client, { name }) => {
  const asked = client.send(new GetPublicAccessBlockCommand({ Bucket: name }))
  const access = await unless('NoSuchPublicAccessBlockConfiguration', asked)
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
    access?.PublicAccessBlockConfiguration ?? {}
  const closed = BlockPublicAcls && IgnorePublicAcls && BlockPublicPolicy && RestrictPublicBuckets
  return closed ? undefined : 'public access to it is not blocked'
}

/** For what has to go when its own time is over. */
export const locking: Look = async (client, { name }) => {
  const asked = client.send(new GetObjectLockConfigurationCommand({ Bucket: name }))
  const lock = await unless('ObjectLockConfigurationNotFoundError', asked)
  const kept = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention
  return kept && 'it locks every object for a time, also when that of an export is over'
}

/** Undefined where S3 says that there is no such setting. */
const unless = <T>(name: string, answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof Error && error.name === name) return undefined
    throw error
  })
