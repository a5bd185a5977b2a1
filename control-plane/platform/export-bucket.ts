import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { bucketFault, sealingIn } from '../domain/bucket.ts'
import type { ExportBucket } from '../domain/region-settings.ts'
import { bucketFaults, locking } from './bucket-faults.ts'
import { storeProblems, type ExportStore } from './export-folder.ts'

/** Held in memory at once; ten thousand of them, the most that S3 takes, are 312 GiB. */
const PART_BYTES = 32 * 1024 * 1024
const SUFFIX = '.sealed'

/**
 * A bucket of S3, or of what speaks like it. Written in parts, which are one object only when all of them are there; deleted with all
 * versions. Throws `export.*`. Rights that it takes: on the bucket GetBucketLocation, GetEncryptionConfiguration, GetBucketVersioning,
 * GetBucketObjectLockConfiguration, GetBucketPublicAccessBlock, ListBucketVersions, ListBucketMultipartUploads; on its objects PutObject,
 * GetObject, DeleteObject, DeleteObjectVersion, AbortMultipartUpload.
 */
export function exportBucket(at: ExportBucket, client: S3Client): ExportStore {
  const bucket: Bucket = { client, at, Bucket: at.name }
  return {
    put: (key, content, signal) => told(() => upload(bucket, `${key}${SUFFIX}`, content, signal)),
    get: (key) =>
      told(async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: at.name, Key: `${key}${SUFFIX}` }))
        return Body instanceof Readable ? Body : Readable.from([])
      }),
    remove: (key) => told(() => removeAll(bucket, `${key}${SUFFIX}`)),
    list: () =>
      told(async () => {
        const keys = new Set<string>()
        for await (const { Key } of versionsIn(bucket, '')) keys.add(Key)
        for await (const { Key } of uploadsIn(bucket, '')) keys.add(Key)
        const ours = [...keys].filter((key) => key.endsWith(SUFFIX))
        return ours.map((key) => key.slice(0, -SUFFIX.length)).toSorted()
      }),
    assertThere: () =>
      told(async () => {
        const faults = await bucketFaults(client, at, [locking])
        if (faults.length > 0) throw storeProblems['export.store-unfit']({ detail: `${at.name}: ${faults.join('; ')}` })
      }),
  }
}

type Bucket = { client: S3Client; at: ExportBucket; Bucket: string }

async function upload(
  { client, at, Bucket }: Bucket,
  Key: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  await dropUploads({ client, at, Bucket }, Key)
  const begin = new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256', ...sealingIn(at) })
  const { UploadId } = await client.send(begin, { abortSignal: signal })
  const hash = createHash('sha256')
  let bytes = 0
  const Parts: { PartNumber: number; ETag: string | undefined; ChecksumSHA256: string }[] = []
  try {
    for await (const Body of inParts(content)) {
      signal.throwIfAborted()
      hash.update(Body)
      bytes += Body.length
      const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64')
      const PartNumber = Parts.length + 1
      const part = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256 })
      const { ETag } = await client.send(part, { abortSignal: signal })
      Parts.push({ PartNumber, ETag, ChecksumSHA256 })
    }
    signal.throwIfAborted()
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
  } catch (error) {
    // what this leaves, if it fails too, the next attempt or the removal takes away, and sweeps see it
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => {})
    signal.throwIfAborted() // the reason, not what the SDK makes of it
    throw error
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** The content cut anew; the last part may be smaller. */
async function* inParts(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const piece of content) {
    let rest = piece
    while (size + rest.length >= PART_BYTES) {
      const end = PART_BYTES - size
      yield Buffer.concat([...held, rest.subarray(0, end)])
      rest = rest.subarray(end)
      held = []
      size = 0
    }
    held.push(rest)
    size += rest.length
  }
  if (size > 0) yield Buffer.concat(held)
}

async function removeAll(bucket: Bucket, Key: string): Promise<void> {
  await dropUploads(bucket, Key)
  const found: { Key: string; VersionId: string | undefined }[] = []
  for await (const version of versionsIn(bucket, Key)) if (version.Key === Key) found.push(version)
  const { client, Bucket } = bucket
  for (const one of found) {
    const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [one], Quiet: true } }))
    const [fault] = Errors ?? []
    if (fault) throw storeProblems['export.store-refuses']({ detail: `${Bucket}: ${fault.Code ?? 'refused'}` })
  }
}

/** What attempts before this one have begun. */
async function dropUploads(bucket: Bucket, wanted: string): Promise<void> {
  const { client, Bucket } = bucket
  for await (const { Key, UploadId } of uploadsIn(bucket, wanted))
    if (Key === wanted) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
}

/** Every version and mark of deletion, so that nothing hides behind one. */
async function* versionsIn({ client, Bucket }: Bucket, Prefix: string) {
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}
  while (from) {
    const page: Awaited<ReturnType<typeof listVersions>> = await listVersions(client, { Bucket, Prefix, ...from })
    for (const { Key, VersionId } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
      if (Key !== undefined) yield { Key, VersionId }
    from = page.IsTruncated
      ? { ...mark('KeyMarker', page.NextKeyMarker), ...mark('VersionIdMarker', page.NextVersionIdMarker) }
      : undefined
  }
}
const listVersions = (client: S3Client, input: ConstructorParameters<typeof ListObjectVersionsCommand>[0]) =>
  client.send(new ListObjectVersionsCommand(input))

async function* uploadsIn({ client, Bucket }: Bucket, Prefix: string) {
  let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}
  while (from) {
    const page: Awaited<ReturnType<typeof listUploads>> = await listUploads(client, { Bucket, Prefix, ...from })
    for (const { Key, UploadId } of page.Uploads ?? [])
      if (Key !== undefined && UploadId !== undefined) yield { Key, UploadId }
    from = page.IsTruncated
      ? { ...mark('KeyMarker', page.NextKeyMarker), ...mark('UploadIdMarker', page.NextUploadIdMarker) }
      : undefined
  }
}
const listUploads = (client: S3Client, input: ConstructorParameters<typeof ListMultipartUploadsCommand>[0]) =>
  client.send(new ListMultipartUploadsCommand(input))

const mark = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, string>>

const CODES = {
  missing: 'export.missing',
  unreachable: 'export.store-unreachable',
  refused: 'export.store-refuses',
} as const

/** S3's own words for what went wrong, as ours. Its message is not told: it may quote what was sent. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const fault = bucketFault(cause)
    if (!fault) throw cause // ours, or of what is written
    throw storeProblems[CODES[fault]]({ detail: (cause as Error).name, cause })
  }
}
