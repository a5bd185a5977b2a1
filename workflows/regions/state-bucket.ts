import { S3Client } from '@aws-sdk/client-s3'
import { bucketClientSettings, bucketFault, type StateBucket } from '../../control-plane/domain/bucket.ts'
import { bucketFaults } from '../../control-plane/platform/bucket-faults.ts'
import { ConfigError } from '../../control-plane/platform/config.ts'
import type { Logger } from '../../control-plane/platform/logger.ts'

const ANSWER_TIMEOUT_MS = 5_000

/**
 * Looks whether a bucket may hold states of stacks before anything is kept there. Throws `configuration.invalid` with everything that is wrong
 * with it, or with S3's word where it may not look. Where nobody answers this is logged, and it is not looked at: a worker has other work,
 * and its operations on stacks wait for the bucket themselves. Rights that it takes on the bucket: GetBucketLocation, GetEncryptionConfiguration,
 * GetBucketVersioning, GetBucketPublicAccessBlock.
 */
export async function assertStateBucket(bucket: StateBucket, logger: Pick<Logger, 'warn'>): Promise<void> {
  const client = new S3Client(bucketClientSettings(bucket, ANSWER_TIMEOUT_MS))
  const refused = (faults: readonly string[]) =>
    new ConfigError(faults.map((fault) => `STEWARD_STACK_STATE_BUCKET: ${bucket.name}: ${fault}`))
  try {
    const faults = await bucketFaults(client, bucket)
    if (faults.length > 0) throw refused(faults)
  } catch (error) {
    const fault = bucketFault(error)
    if (fault === undefined || !(error instanceof Error)) throw error
    if (fault !== 'unreachable') throw refused([`it cannot be looked at: ${error.name}`])
    logger.warn({ event: 'state-bucket.unreachable', reason: error.name }, 'the bucket of states was not looked at')
  } finally {
    client.destroy()
  }
}
