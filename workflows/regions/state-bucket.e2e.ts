import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { faultyAws, type FaultyAws } from '../../test/support/moto/faulty-aws.ts'
import { startMoto, type Moto } from '../../test/support/moto/moto.ts'
import { keepingBucket, STATE_REGION, withStateCredential } from '../../test/support/moto/state-bucket.ts'
import { assertStateBucket } from './state-bucket.ts'

let moto: Moto
let between: FaultyAws
let forget: () => void
let warned: object[] = []
const logger = { warn: (fields: object) => void warned.push(fields) }
beforeAll(async () => {
  forget = withStateCredential()
  moto = await startMoto()
})
afterAll(async () => {
  await moto.stop()
  forget()
})
beforeEach(async () => {
  await moto.reset()
  between = await faultyAws(moto.url)
  warned = []
})
afterEach(() => between.close())

const look = (over: { name?: string; region?: string; endpoint?: string; kmsKeyId?: string } = {}) =>
  assertStateBucket({ name: 'states', region: STATE_REGION, endpoint: between.url, ...over }, logger)

test('one that is encrypted, keeps versions, is closed and lies where it is said to is taken, without a word', async () => {
  await keepingBucket(moto.url, 'states')
  await look()
  expect(warned).toEqual([])
})

test('everything that is wrong with one is told at once, as a fault of the configuration', async () => {
  const s3 = new S3Client({ region: STATE_REGION, endpoint: moto.url, forcePathStyle: true })
  const CreateBucketConfiguration = { LocationConstraint: STATE_REGION } as const
  await s3.send(new CreateBucketCommand({ Bucket: 'states', CreateBucketConfiguration }))
  s3.destroy()
  const named = (fault: string) => `STEWARD_STACK_STATE_BUCKET: states: ${fault}`
  const faults = ['it keeps no versions', 'public access to it is not blocked'].map(named)
  await expect(look({ kmsKeyId: 'alias/states' })).rejects.toMatchObject({ code: 'configuration.invalid', faults })
  await expect(look()).rejects.toMatchObject({
    faults: [named('what is in it is not encrypted by default'), ...faults],
  })
  await expect(look({ region: 'eu-west-1' })).rejects.toMatchObject({
    faults: [named(`it lies in ${STATE_REGION}, not in eu-west-1`)],
  })
})

test('who may not look is told so; where nobody answers, or nothing is yet, that is logged and the worker has other work', async () => {
  await keepingBucket(moto.url, 'states')
  between.fail(/GET .*encryption/, { status: 403, code: 'AccessDenied' }, 9)
  await expect(look()).rejects.toMatchObject({
    faults: ['STEWARD_STACK_STATE_BUCKET: states: it cannot be looked at: AccessDenied'],
  })
  await look({ name: 'nothing' })
  await look({ endpoint: 'http://127.0.0.1:9' })
  expect(warned).toMatchObject([
    { event: 'state-bucket.unreachable', reason: 'NoSuchBucket' },
    { event: 'state-bucket.unreachable' },
  ])
})
