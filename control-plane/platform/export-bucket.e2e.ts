import { createHash, randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { faultyAws, type FaultyAws } from '../../test/support/moto/faulty-aws.ts'
import { startMoto, type Moto } from '../../test/support/moto/moto.ts'
import { exportBucket } from './export-bucket.ts'
import type { ExportStore } from './export-folder.ts'

const REGION = 'eu-central-1'
const AT = { name: 'exports-of-local-1', region: REGION }
const MIB = 1024 * 1024
const SETTINGS = {
  region: REGION,
  credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  forcePathStyle: true,
  maxAttempts: 2,
}
const signal = () => AbortSignal.timeout(60_000)

let moto: Moto
let between: FaultyAws
let s3: S3Client
let asked: S3Client
let store: ExportStore
beforeAll(async () => {
  moto = await startMoto()
})
afterAll(() => moto?.stop())
beforeEach(async () => {
  await moto.reset()
  between = await faultyAws(moto.url)
  s3 = new S3Client({ ...SETTINGS, endpoint: moto.url })
  asked = new S3Client({ ...SETTINGS, endpoint: between.url })
  store = exportBucket(AT, asked)
})
afterEach(async () => {
  s3.destroy()
  asked.destroy()
  await between.close()
})

/** A bucket as exports want it, or with something of that left out. */
async function bucket({ region = REGION, lock = false, without = '' } = {}): Promise<void> {
  const Bucket = AT.name
  const CreateBucketConfiguration = { LocationConstraint: region as typeof REGION }
  const there = new S3Client({ ...SETTINGS, region, endpoint: moto.url }) // made where it is to lie
  await there.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket: lock }))
  there.destroy()
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const } }]
  const encryption = { Bucket, ServerSideEncryptionConfiguration: { Rules } }
  if (without !== 'encryption') await s3.send(new PutBucketEncryptionCommand(encryption))
  const versions = { Bucket, VersioningConfiguration: { Status: 'Enabled' as const } }
  if (without !== 'versions') await s3.send(new PutBucketVersioningCommand(versions))
  const closed = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
  const access = { ...closed, BlockPublicPolicy: without !== 'public' }
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: access }))
}
async function* pieces(bytes: Buffer, size = 100_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const bytesOf = async (key: string): Promise<Buffer> => {
  const read: Buffer[] = []
  for await (const piece of await store.get(key)) read.push(piece as Buffer)
  return Buffer.concat(read)
}
const uploads = async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket: AT.name }))).Uploads ?? []
const versions = async () => {
  const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket: AT.name }))
  return (Versions?.length ?? 0) + (DeleteMarkers?.length ?? 0)
}

test('what is larger than one part comes back byte for byte, with its checksum; a repeat takes its place', async () => {
  await bucket()
  await store.assertThere()
  const large = randomBytes(70 * MIB + 17)
  const put = await store.put('acme/1', pieces(large), signal())
  expect(put).toEqual({ bytes: large.length, sha256: createHash('sha256').update(large).digest('hex') })
  expect(between.count(/PUT .*partNumber/)).toBe(3)
  expect((await bytesOf('acme/1')).equals(large)).toBe(true)
  const again = Buffer.from('again')
  await store.put('acme/1', pieces(again), signal())
  expect((await bytesOf('acme/1')).equals(again)).toBe(true)
  const { ServerSideEncryption } = await s3.send(new HeadObjectCommand({ Bucket: AT.name, Key: 'acme/1.sealed' }))
  expect(ServerSideEncryption).toBe('AES256')
})

test('a key of KMS encrypts what is written where one is named', async () => {
  await bucket({ without: 'encryption' })
  const sealed = exportBucket({ ...AT, kmsKeyId: 'alias/exports' }, asked)
  await sealed.assertThere()
  await sealed.put('acme/1', pieces(Buffer.from('x')), signal())
  const head = await s3.send(new HeadObjectCommand({ Bucket: AT.name, Key: 'acme/1.sealed' }))
  expect([head.ServerSideEncryption, head.SSEKMSKeyId]).toEqual(['aws:kms', 'alias/exports'])
})

test('content that breaks off leaves no object and nothing begun, and is written by a repeat', async () => {
  await bucket()
  async function* broken() {
    yield randomBytes(40 * MIB)
    throw new Error('the database went')
  }
  await expect(store.put('acme/1', broken(), signal())).rejects.toThrow('the database went')
  expect([await uploads(), await store.list()]).toEqual([[], []])
  await expect(store.get('acme/1')).rejects.toMatchObject({ code: 'export.missing' })
  const stop = new AbortController()
  async function* stopped() {
    yield randomBytes(40 * MIB)
    stop.abort(new Error('told to stop'))
    yield randomBytes(40 * MIB)
  }
  await expect(store.put('acme/1', stopped(), stop.signal)).rejects.toThrow('told to stop')
  expect(await uploads()).toEqual([])
  await store.put('acme/1', pieces(Buffer.from('x')), signal())
  expect(await store.list()).toEqual(['acme/1'])
})

test('a cut or refused part ends it by code with nothing left; one that passes is sent again', async () => {
  await bucket()
  between.fail(/PUT .*partNumber/, { status: 503, code: 'SlowDown' })
  await store.put('acme/1', pieces(Buffer.from('x')), signal())
  await store.remove('acme/1')
  between.fail(/PUT .*partNumber/, 'cut', 9)
  const put = store.put('acme/1', pieces(Buffer.from('x')), signal())
  await expect(put).rejects.toMatchObject({ code: 'export.store-unreachable', retryable: true })
  expect([await uploads(), await store.list()]).toEqual([[], []])
  asked.destroy()
  await between.close()
  await expect(store.assertThere()).rejects.toMatchObject({ code: 'export.store-unreachable' })
  between = await faultyAws(moto.url)
})

test('what a killed attempt began is listed, and taken away by the next one and by a removal', async () => {
  await bucket()
  const begin = (key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket: AT.name, Key: `${key}.sealed` }))
  await begin('acme/1')
  await begin('acme/12')
  expect(await store.list()).toEqual(['acme/1', 'acme/12'])
  await store.put('acme/1', pieces(Buffer.from('x')), signal())
  expect((await uploads()).map(({ Key }) => Key)).toEqual(['acme/12.sealed'])
  await store.remove('acme/12')
  expect([await uploads(), await store.list()]).toEqual([[], ['acme/1']])
})

test('a removal takes every version, also behind a mark of deletion, and of nothing else; what is gone is no error', async () => {
  await bucket()
  for (const key of ['acme/1', 'acme/1', 'acme/12']) await store.put(key, pieces(Buffer.from(key)), signal())
  await s3.send(new PutObjectCommand({ Bucket: AT.name, Key: 'notes.txt', Body: 'of a person' }))
  await s3.send(new DeleteObjectCommand({ Bucket: AT.name, Key: 'acme/1.sealed' }))
  expect(await store.list()).toEqual(['acme/1', 'acme/12']) // hidden, and still there
  await store.remove('acme/1')
  await store.remove('acme/1')
  expect(await store.list()).toEqual(['acme/12'])
  expect(await versions()).toBe(2)
  await s3.send(new HeadObjectCommand({ Bucket: AT.name, Key: 'notes.txt' }))
})

test.each([
  ['versions', { without: 'versions' }, 'it keeps no versions'],
  ['public', { without: 'public' }, 'public access to it is not blocked'],
])('a bucket without %s is refused by name before anything is written', async (_what, how, why) => {
  await bucket(how)
  await expect(store.assertThere()).rejects.toMatchObject({
    code: 'export.store-unfit',
    retryable: false,
    detail: `${AT.name}: ${why}`,
  })
})

test('a bucket in another region than the one it is registered for is refused, whatever else it is', async () => {
  await bucket({ region: 'eu-west-1' })
  await expect(store.assertThere()).rejects.toMatchObject({
    code: 'export.store-unfit',
    detail: `${AT.name}: it lies in eu-west-1, not in ${REGION}`,
  })
})

test('a bucket that encrypts nothing by default, or locks what it holds, is refused', async () => {
  await bucket({ lock: true, without: 'encryption' })
  const Rule = { DefaultRetention: { Mode: 'COMPLIANCE' as const, Days: 90 } }
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule }
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket: AT.name, ObjectLockConfiguration }))
  const refused = await store.assertThere().catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'export.store-unfit' })
  expect(String((refused as { detail?: string }).detail)).toMatch(/not encrypted by default.*locks every object/)
})

test('a bucket that is not there passes for one that does not answer; who has no rights is told so, once', async () => {
  await expect(store.assertThere()).rejects.toMatchObject({ code: 'export.store-unreachable' })
  await bucket()
  between.fail(/POST .*uploads/, { status: 403, code: 'AccessDenied' }, 9)
  await expect(store.put('acme/1', pieces(Buffer.from('x')), signal())).rejects.toMatchObject({
    code: 'export.store-refuses',
    retryable: false,
  })
})
