import { S3Client } from '@aws-sdk/client-s3'
import { bucketClientSettings } from '../domain/bucket.ts'
import type { RegionSettings } from '../domain/region-settings.ts'
import { exportBucket } from './export-bucket.ts'
import { exportFolder, type ExportStore } from './export-folder.ts'

/** What of a region's settings says where its exports are. */
export type ExportPlace = Pick<RegionSettings, 'exportFolder' | 'exportBucket'>

/** Of one call, which sends or gets 32 MiB at most before it says something. */
const ANSWER_TIMEOUT_MS = 120_000
const known = new Map<string, ExportStore>()

/** The store that a region names; null where it names none. Connections to a bucket are kept, and asked for by nobody end by themselves. */
export function openExportStore({ exportFolder: folder, exportBucket: bucket }: ExportPlace): ExportStore | null {
  if (!bucket) return folder ? exportFolder(folder) : null
  const key = JSON.stringify(bucket)
  const store = known.get(key) ?? exportBucket(bucket, new S3Client(bucketClientSettings(bucket, ANSWER_TIMEOUT_MS)))
  known.set(key, store)
  return store
}
