import { S3Client } from '@aws-sdk/client-s3'
import type { RegionSettings } from '../domain/region-settings.ts'
import { exportBucket } from './export-bucket.ts'
import { exportFolder, type ExportStore } from './export-folder.ts'

/** What of a region's settings says where its exports are. */
export type ExportPlace = Pick<RegionSettings, 'exportFolder' | 'exportBucket'>

const ATTEMPTS = 4
const CONNECT_TIMEOUT_MS = 5_000
/** Of one call, which sends or gets 32 MiB at most before it says something. */
const ANSWER_TIMEOUT_MS = 120_000
const known = new Map<string, ExportStore>()

/** The store that a region names; null where it names none. Connections to a bucket are kept, and asked for by nobody end by themselves. */
export function openExportStore({ exportFolder: folder, exportBucket: bucket }: ExportPlace): ExportStore | null {
  if (!bucket) return folder ? exportFolder(folder) : null
  const key = JSON.stringify(bucket)
  const store = known.get(key) ?? exportBucket(bucket, clientFor(bucket))
  known.set(key, store)
  return store
}

const clientFor = ({ region, endpoint }: NonNullable<ExportPlace['exportBucket']>) =>
  new S3Client({
    region,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS },
    ...(endpoint ? { endpoint, forcePathStyle: true } : {}), // names of buckets are no names of hosts there
  })
