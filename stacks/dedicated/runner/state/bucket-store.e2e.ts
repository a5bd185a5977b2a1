import { spawn } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { faultyAws, type FaultyAws } from '../../../../test/support/moto/faulty-aws.ts'
import { startMoto, type Moto } from '../../../../test/support/moto/moto.ts'
import {
  STATE_CREDENTIAL,
  stateBucket,
  withStateCredential,
  type BucketByHand,
} from '../../../../test/support/moto/state-bucket.ts'
import { stateStoreSuite } from '../../../../test/support/state-store-suite.ts'
import { identify, isRunning } from '../../../process/proc.ts'
import { LEASE_MARK } from '../stack-run.ts'
import { takeStack } from '../stack-lock.ts'
import { bucketStore } from './bucket-store.ts'
import { takeLease, type Lease } from './lease.ts'
import type { StateStore } from './state-store.ts'

/** Long enough for a busy machine to renew in time. */
const LEASE_MS = 6000

let moto: Moto
let refusing: FaultyAws
let bucket: BucketByHand
let forget: () => void
/** Two ways to the one server: to the runners they are two stores, whose locks and marks have nothing to do with each other, as on two machines. */
let ways: [FaultyAws, FaultyAws]
const stores: StateStore[] = []
beforeAll(async () => {
  forget = withStateCredential()
  moto = await startMoto()
  refusing = await faultyAws(moto.url)
  refusing.fail(/./, { status: 403, code: 'AccessDenied', message: STATE_CREDENTIAL.AWS_ACCESS_KEY_ID }, 999)
})
afterAll(async () => {
  await refusing.close()
  await moto.stop()
  forget()
})
beforeEach(async () => {
  await moto.reset()
  bucket = await stateBucket(moto.url, 'states')
  ways = [await faultyAws(moto.url), await faultyAws(moto.url)]
  return async () => {
    for (const store of stores.splice(0)) store.close()
    bucket.close()
    for (const way of ways) await way.close()
  }
})

function open(stack: string, endpoint = moto.url): StateStore {
  const store = bucketStore(bucket.at(endpoint), stack)
  stores.push(store)
  return store
}
const take = (store: StateStore, { leaseMs = LEASE_MS, waitMs = 60_000 } = {}): Promise<Lease> =>
  takeLease(store, { leaseMs, patience: AbortSignal.timeout(waitMs), stop: new AbortController().signal })
const onWay = (at: 0 | 1) => open('acme', ways[at].url)

stateStoreSuite({
  open,
  put: (place, text) => bucket.put(place, text),
  get: (place) => bucket.get(place),
  refused: () => open('acme', refusing.url),
  away: () => open('acme', 'http://127.0.0.1:9'),
})

test('what is refused or lost is told by S3’s word for it, with no part of the credential; a bucket that is not there is no empty one', async () => {
  const told = await open('acme', refusing.url)
    .read('state')
    .catch((error: unknown) => error)
  expect(told).toMatchObject({ code: 'state.refused', detail: `${open('acme').address('state')}: AccessDenied` })
  const nowhere = bucketStore({ ...bucket.at(moto.url), name: 'nowhere' }, 'acme')
  stores.push(nowhere)
  await expect(nowhere.read('state')).rejects.toMatchObject({ code: 'state.unreachable' })
  expect(open('acme').backend).toBe(
    `s3://states/stacks/of-test?region=eu-central-1&endpoint=${encodeURIComponent(moto.url)}&s3ForcePathStyle=true`,
  )
})

test('a key of KMS that is named encrypts what is written, by the engine, too', async () => {
  const store = bucketStore({ ...bucket.at(ways[0].url), kmsKeyId: 'alias/states' }, 'acme')
  stores.push(store)
  await store.write('good', 'x')
  expect((await store.read('good'))?.text).toBe('x')
  expect(store.backend).toContain('ssetype=aws%3Akms&kmskeyid=alias%2Fstates')
})

test('while one machine renews, another waits and is told who works; what is left is taken at once', async () => {
  const [here, there] = [onWay(0), onWay(1)]
  const lease = await take(here, { leaseMs: 1500 })
  await expect(take(there, { leaseMs: 1500, waitMs: 3000 })).rejects.toMatchObject({
    code: 'stack.busy',
    retryable: true,
    detail: expect.stringContaining(`process ${process.pid} of `),
  })
  expect(lease.lost.aborted).toBe(false)
  await lease.release()
  const next = await take(there, { waitMs: 0 })
  await next.release()
})

test('a machine that is cut off ends its engine before another takes over', async () => {
  const [here, there] = [onWay(0), onWay(1)]
  const lease = await take(here)
  const engine = spawn('sleep', ['600'], { env: { ...process.env, [LEASE_MARK]: lease.holder }, stdio: 'ignore' })
  const running = identify(engine.pid ?? 0)
  if (!running) throw new Error('it did not start')
  ways[0].fail(/./, 'cut', 9999)
  const next = await take(there)
  expect(isRunning(running)).toBe(false)
  expect(lease.lost.reason).toMatchObject({ code: 'state.lease-lost', retryable: true })
  await lease.release() // which takes nothing from the next one
  expect(JSON.parse((await bucket.get('leases/acme.json')) ?? '')).toMatchObject({ holder: next.holder })
  await next.release()
})

test('a renewal whose answer was lost is still the holder’s; on its own machine a lease outlives nobody', async () => {
  const lease = await take(onWay(0))
  const claim = JSON.parse((await bucket.get('leases/acme.json')) ?? '') as object
  await bucket.put('leases/acme.json', JSON.stringify({ ...claim, beat: 1000 }))
  const renewals = ways[0].count(/PUT .*leases/)
  await expect.poll(() => ways[0].count(/PUT .*leases/), { timeout: 20_000 }).toBeGreaterThan(renewals + 2)
  expect(lease.lost.aborted).toBe(false)
  const same = await take(onWay(0), { waitMs: 0 }) // whoever has the kernel's lock knows that the other is gone
  await expect.poll(() => lease.lost.aborted, { timeout: 20_000 }).toBe(true)
  await same.release()
})

test('an operation that was overtaken on another machine is refused, and writes nothing where its lease was lost', async () => {
  const terms = { waitMs: 60_000, leaseMs: LEASE_MS }
  const stop = new AbortController().signal
  const first = await takeStack(onWay(0), { ...terms, epoch: 7 }, stop)
  await first.store.write('begun', 'x')
  await expect(takeStack(onWay(1), { ...terms, epoch: 6 }, stop)).rejects.toMatchObject({
    code: 'effect.fenced',
    extra: { epoch: 6, seen: 7 },
  })
  ways[0].fail(/PUT .*leases/, 'cut', 9999)
  await expect.poll(() => first.lost.aborted, { timeout: 20_000 }).toBe(true)
  await expect(first.store.write('begun', 'y')).rejects.toMatchObject({ code: 'state.lease-lost' })
  await expect(first.store.remove('begun')).rejects.toMatchObject({ code: 'state.lease-lost' })
  expect(await bucket.get('begun/acme.json')).toBe('x')
  await first.release()
})
