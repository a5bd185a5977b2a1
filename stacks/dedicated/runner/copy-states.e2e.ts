import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../../../test/support/documents.ts'
import { faultyAws } from '../../../test/support/moto/faulty-aws.ts'
import { startMoto, type Moto } from '../../../test/support/moto/moto.ts'
import {
  STATE_CREDENTIAL,
  stateBucket,
  withStateCredential,
  type BucketByHand,
} from '../../../test/support/moto/state-bucket.ts'
import { stateTextOf } from '../../../test/support/state-store-suite.ts'
import { until } from '../../../test/support/postgres.ts'
import { acquireLock, lockHolder } from '../../process/lock.ts'
import { readState } from './deployment.ts'
import { bucketStore } from './state/bucket-store.ts'
import { takeLease } from './state/lease.ts'
import { openStore } from './state/open-store.ts'
import { bucketShelf } from './state/shelf.ts'
import { raiseFence, readFence } from './state/state-store.ts'

const run = promisify(execFile)
/** Renewed often enough on a busy machine. */
const LEASE = { leaseMs: 9000, patience: AbortSignal.timeout(60_000) }
const RESOURCE = { urn: 'urn:pulumi:acme::steward::steward:local:Key::acme-key', type: 'steward:local:Key' }

let moto: Moto
let bucket: BucketByHand
let folder: string
let forget: () => void
beforeAll(async () => {
  forget = withStateCredential()
  moto = await startMoto()
  bucket = await stateBucket(moto.url, 'states')
  folder = await mkdtemp(join(tmpdir(), 'steward-copy-'))
  await put('.pulumi/meta.yaml', 'version: 1\n')
  await put('.pulumi/stacks/steward/acme.json', stateTextOf({ resources: [RESOURCE] }))
  await put('.pulumi/stacks/steward/acme.json.bak', stateTextOf({}))
  await put('.pulumi/locks/organization/steward/acme/1.json', '{}')
  await put('runs/acme/home/credentials.json', '{}')
  const store = await openStore({ stack: 'acme', stateFolder: folder })
  await store.write('good', stateTextOf({ resources: [RESOURCE] }))
  await raiseFence(store, 7)
})
afterAll(async () => {
  bucket.close()
  await moto.stop()
  await rm(folder, { recursive: true, force: true })
  forget()
})
async function put(place: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, place)), { recursive: true })
  await writeFile(join(folder, place), text)
}
/** As the runbook says, with the environment of a worker. */
const copy = (over: Record<string, string> = {}, ...flags: string[]) => {
  const at = bucket.at(moto.url)
  const settings = {
    STEWARD_STACK_STATE: folder,
    STEWARD_STACK_STATE_BUCKET: at.name,
    STEWARD_STACK_STATE_BUCKET_REGION: at.region,
    STEWARD_STACK_STATE_BUCKET_PREFIX: at.prefix ?? '',
    STEWARD_STACK_STATE_BUCKET_ENDPOINT: moto.url,
  }
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, ...STATE_CREDENTIAL, ...settings, ...over }
  return run('npm', ['run', '-s', 'copy-stack-states', '--', ...flags], { cwd: ROOT, env })
}

test('while a run goes on, by half a configuration, or into a bucket that is not fit, nothing is copied', async () => {
  const { name } = await openStore({ stack: 'acme', stateFolder: folder })
  const lock = await acquireLock(name, 'running the engine')
  await expect(copy()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`process ${process.pid} works on ${name}`),
  })
  await lock.release()
  const half = copy({ STEWARD_STACK_STATE_BUCKET_REGION: '' })
  await expect(half).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('STEWARD_STACK_STATE_BUCKET_REGION is not set'),
  })
  const elsewhere = copy({ STEWARD_STACK_STATE_BUCKET_REGION: 'eu-west-1' })
  await expect(elsewhere).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('it lies in eu-central-1, not in eu-west-1'),
  })
  expect(await bucket.keys()).toEqual([])
})

test('what is kept of stacks is read in the bucket as it was in the folder; again nothing is copied, and nothing is ever written over', async () => {
  expect((await copy()).stdout).toBe('5 copied, 0 were there before\n')
  expect(await bucket.keys()).toEqual(
    [
      '.pulumi/meta.yaml',
      '.pulumi/stacks/steward/acme.json',
      '.pulumi/stacks/steward/acme.json.bak',
      'fences/acme.json',
      'good/acme.json',
    ].toSorted(),
  )
  const store = await openStore({ stack: 'acme', stateFolder: folder, stateBucket: bucket.at(moto.url) })
  expect(await readState(store)).toEqual({ resources: [RESOURCE] })
  expect((await readFence(store)).epoch).toBe(7)
  expect((await copy()).stdout).toBe('0 copied, 5 were there before\n')
  await raiseFence(store, 8)
  store.close()
  await cp(join(folder, 'good/acme.json'), join(folder, 'good/globex.json'))
  await expect(copy()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('s3://states/stacks/of-test/fences/acme.json is not what'),
  })
  expect(await bucket.get('good/globex.json')).toBeUndefined()
  expect(JSON.parse((await bucket.get('fences/acme.json')) ?? '')).toEqual({ epoch: 8 })
})

test('the way back leads into a folder that holds nothing else, once nobody works on the stacks', async () => {
  const back = join(folder, '..', `${basename(folder)}-back`)
  await expect(copy({}, '--back')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${join(folder, 'fences/acme.json')} is not what s3://states/`),
  })
  const other = await faultyAws(moto.url) // another way to it, as from another machine
  const here = bucketStore(bucket.at(moto.url), 'acme')
  const there = bucketStore(bucket.at(other.url), 'acme')
  const working = await takeLease(there, { ...LEASE, stop: new AbortController().signal })
  const waits = copy({ STEWARD_STACK_STATE: back }, '--back')
  await until(async () => expect(await lockHolder(here.name)).toBeDefined()) // it is there, and waits for the other one
  expect(await readFile(join(back, 'good/acme.json'), 'utf8').catch(() => 'nothing')).toBe('nothing')
  await working.release()
  expect((await waits).stdout).toBe('5 copied, 0 were there before\n')
  const home = await openStore({ stack: 'acme', stateFolder: back })
  expect(await readState(home)).toEqual({ resources: [RESOURCE] })
  expect((await readFence(home)).epoch).toBe(8)
  expect((await copy({ STEWARD_STACK_STATE: back }, '--back')).stdout).toBe('0 copied, 5 were there before\n')
  await expect(copy({}, '--forth')).rejects.toMatchObject({ stderr: expect.stringContaining('--forth') })
  for (const store of [here, there]) store.close()
  await other.close()
  await rm(back, { recursive: true })
})

test('what was added but not answered is no other’s; what another added is not written over', async () => {
  const shelf = bucketShelf(bucket.at(moto.url))
  onTestFinished(() => shelf.close())
  const bytes = (text: string) => new TextEncoder().encode(text)
  await shelf.add('added', bytes('first'))
  await shelf.add('added', bytes('first')) // as the client repeats what was not answered
  const refusal = { code: 'state.refused', detail: expect.stringContaining('PreconditionFailed') }
  await expect(shelf.add('added', bytes('other'))).rejects.toMatchObject(refusal)
  expect(await shelf.read('added')).toEqual(bytes('first'))
})
