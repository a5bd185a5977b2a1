import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { ACME, acmeRun, NAMES, type AcmeRun } from '../../../test/support/acme-stack.ts'
import { faultyAws, type FaultyAws } from '../../../test/support/moto/faulty-aws.ts'
import { startMoto, type Moto } from '../../../test/support/moto/moto.ts'
import {
  STATE_CREDENTIAL,
  stateBucket,
  withStateCredential,
  type BucketByHand,
} from '../../../test/support/moto/state-bucket.ts'
import { startResourcesServer, type Makers, type ResourcesServer } from '../../../test/support/resources-server.ts'
import { withEnvironment } from '../../process/proc.ts'
import { RUN_MARK } from './stack-run.ts'
import { openStore } from './state/open-store.ts'
import { engineLocksOf } from './state/state-store.ts'

/** Long enough for a busy machine to renew in time. */
const LEASE_MS = 15_000
const SECRETS = Object.values(STATE_CREDENTIAL)

let moto: Moto
let bucket: BucketByHand
let server: ResourcesServer
let folder: string
let makers: Makers
let forget: () => void
/** Ways to the one bucket, which are so many machines to whoever locks. */
type Ways = [FaultyAws, FaultyAws, FaultyAws, FaultyAws]
let ways: Ways
const heard: string[] = []
let run: (at: 0 | 1 | 2 | 3, ...rest: Parameters<AcmeRun>) => ReturnType<AcmeRun>
beforeAll(async () => {
  forget = withStateCredential()
  makers = {}
  folder = await mkdtemp(join(tmpdir(), 'steward-bucket-'))
  moto = await startMoto()
  bucket = await stateBucket(moto.url, 'states')
  ways = (await Promise.all(Array.from({ length: 4 }, () => faultyAws(moto.url)))) as Ways
  server = await startResourcesServer(folder, {
    prepare: async (name) => makers.prepare?.(name),
    clear: async (name) => makers.clear?.(name),
  })
  const acme = await acmeRun(folder, server.access)
  run = (at, operation, over = {}) =>
    acme(operation, {
      stateBucket: bucket.at(ways[at].url),
      stateFolder: join(folder, `machine-${at}`),
      leaseMs: LEASE_MS,
      ...over,
      onEvent: (event) => {
        heard.push(JSON.stringify(event))
        over.onEvent?.(event)
      },
    })
})
afterAll(async () => {
  await server.close()
  for (const way of ways) await way.close()
  bucket.close()
  await moto.stop()
  await rm(folder, { recursive: true, force: true })
  forget()
})
const marked = async (at: 0 | 1) => {
  const store = await openStore({ stack: ACME, stateFolder: folder, stateBucket: bucket.at(ways[at].url) })
  store.close()
  return withEnvironment(RUN_MARK, store.name)
}

/** Holds whoever waits for it until it is told, at the latest when the test ends. */
function untilTold() {
  const gate = Promise.withResolvers<void>()
  onTestFinished(() => {
    gate.resolve()
    makers = {}
  })
  return gate
}
const engineLocks = async () => (await bucket.keys()).filter((key) => key.startsWith(engineLocksOf(ACME)))

test('a runner that is killed amid a change takes its engine along; another machine repairs it and makes the rest', async () => {
  const gate = untilTold()
  let pid = 0
  makers.prepare = async () => {
    if (pid > 0) process.kill(pid, 'SIGKILL')
    pid = 0
    await gate.promise
  }
  await expect(run(0, 'up', { onStart: (started) => (pid = started) })).rejects.toMatchObject({
    code: 'stack.runner-lost',
  })
  await expect.poll(() => marked(0), { timeout: 20_000 }).toEqual([]) // nobody has to come by for that
  gate.resolve()
  makers = {}
  expect(await engineLocks()).toHaveLength(1)
  await expect(run(1, 'up')).rejects.toMatchObject({ code: 'stack.interrupted' })
  await run(1, 'repair')
  const { plan } = await run(1, 'preview')
  const made = await run(1, 'up', { planHash: plan?.hash ?? '' })
  expect(made).toMatchObject({ resources: 4, outputs: { key: '/resources/key/acme-key/data-key' } })
  expect(await server.names()).toEqual(NAMES)
  expect(await engineLocks()).toEqual([])
  const kept = ['.pulumi/stacks/steward/acme.json', 'good/acme.json', 'fences/acme.json', 'begun/acme.json']
  expect(await bucket.keys()).toEqual(expect.arrayContaining([...kept, 'previews/acme.json']))
  for (const at of [0, 1] as const) expect(await readdir(join(folder, `machine-${at}`))).toEqual(['runs'])
})

test('a machine that loses the bucket amid a change ends its own engine and says so; another goes on', async () => {
  await server.resources.remove('backup-store', 'acme-backups')
  const gate = untilTold()
  makers.prepare = async () => {
    ways[0].fail(/./, 'cut', 99_999)
    await gate.promise
  }
  await expect(run(0, 'reconcile')).rejects.toMatchObject({ code: 'state.lease-lost', retryable: true })
  expect(await marked(0)).toEqual([])
  gate.resolve()
  makers = {}
  await expect(run(0, 'preview')).rejects.toMatchObject({ code: 'state.unreachable', retryable: true })
  await run(1, 'repair')
  expect(await server.names()).toEqual(NAMES)
})

test('what the engine is refused is told as such, and nothing that is told holds the credential', async () => {
  const message = SECRETS.join(' ')
  ways[2].fail(/GET .*meta\.yaml/, { status: 403, code: 'AccessDenied', message }, 9)
  ways[2].fail(/PUT .*fences/, { status: 403, code: 'AccessDenied', message })
  const told: unknown[] = []
  for (const epoch of [2, null])
    await run(2, 'drift', { epoch }).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'state.refused', retryable: false })
      told.push(error)
    })
  expect(told).toHaveLength(2)
  const all = [...heard, ...told.map((one) => `${inspect(one, { depth: 9 })} ${JSON.stringify(one)}`)].join('\n')
  for (const secret of SECRETS) expect(all).not.toContain(secret)
})

test('of two machines one removes it while the other waits, and then finds nothing', async () => {
  const begun = Promise.withResolvers<void>()
  const gate = untilTold()
  makers.clear = async () => {
    begun.resolve()
    await gate.promise
  }
  const removed = run(1, 'destroy', { epoch: 3, release: ['acme-key', 'acme-db'] })
  await begun.promise
  await expect(run(3, 'drift', { epoch: null, waitMs: 500 })).rejects.toMatchObject({ code: 'stack.busy' })
  await expect(run(3, 'up', { epoch: 2 })).rejects.toMatchObject({ code: 'effect.fenced' })
  const waiting = run(3, 'drift', { epoch: 3 })
  gate.resolve()
  expect(await removed).toMatchObject({ resources: 0 })
  expect(await waiting).toMatchObject({ resources: 0, drift: [] })
  expect(await server.names()).toEqual([])
  for (const key of await bucket.keys()) {
    const text = (await bucket.get(key)) ?? ''
    for (const secret of [...SECRETS, 'secret words']) expect(text).not.toContain(secret)
  }
  expect(JSON.parse((await bucket.get('leases/acme.json')) ?? '')).toMatchObject({ holder: null })
})
