import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TEST_TOKENS } from '../../../test/support/resources-api.ts'
import { startResourcesServer, type Makers, type ResourcesServer } from '../../../test/support/resources-server.ts'
import { withEnvironment } from '../../process/proc.ts'
import { ACME, acmeRun, NAMES, type AcmeRun } from '../../../test/support/acme-stack.ts'
import { until } from '../../../test/support/postgres.ts'
import { RUN_MARK } from './stack-run.ts'
import { folderStore } from './state/folder-store.ts'

let server: ResourcesServer
let folder: string
let makers: Makers
let run: AcmeRun
beforeAll(async () => {
  makers = {}
  folder = await mkdtemp(join(tmpdir(), 'steward-runner-'))
  server = await startResourcesServer(folder, { prepare: async (name) => makers.prepare?.(name) })
  run = await acmeRun(folder, server.access)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})
/** The most that a process has had in memory; 0 when it is gone. */
function peakKilobytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
function paths() {
  const { name, address } = folderStore(join(folder, 'state'), ACME)
  return { mark: name, state: address('state'), goodCopy: address('good') }
}

test('before anything was made only a preview says something, and what is missing is said by name', async () => {
  for (const operation of ['refresh', 'destroy', 'repair', 'drift'] as const)
    await expect(run(operation)).rejects.toMatchObject({ code: 'state.unknown' })
  await expect(run('preview', { pulumi: '/nonexistent/pulumi' })).rejects.toMatchObject({ code: 'pulumi.missing' })
  await expect(run('preview', { passphraseFile: join(folder, 'none') })).rejects.toMatchObject({
    code: 'stack.settings-invalid',
  })
  const { plan, outputs } = await run('preview')
  expect(plan?.steps.map(({ resource, operation, protected: kept }) => [resource, operation, kept])).toEqual([
    ['acme-backups', 'create', false],
    ['acme-key', 'create', true],
    ['acme-cluster', 'create', false],
    ['acme-db', 'create', true],
    ['acme', 'create', false],
  ])
  expect(outputs).toBeNull()
  expect(await server.names()).toEqual([])
})

test('a stack is made as it was previewed, step by step, below the memory it may take; made again it stays as it is', async () => {
  const { plan } = await run('preview')
  const steps: string[] = []
  let peak = 0
  let pid = 0
  const made = await run('up', {
    planHash: plan?.hash ?? '',
    onStart: (started) => (pid = started),
    onEvent: (event) => {
      if (event.type === 'step') steps.push(`${event.phase} ${event.resource}`)
      peak = Math.max(peak, peakKilobytes(pid))
    },
  })
  expect(await server.names()).toEqual(NAMES)
  for (const name of ['acme-key', 'acme-db', 'acme-cluster', 'acme-backups'])
    expect(steps.filter((step) => step.endsWith(` ${name}`))).toEqual([`started ${name}`, `finished ${name}`]) // nothing was previewed again
  expect(made).toMatchObject({ resources: 4, outputs: { key: '/resources/key/acme-key/data-key' } })
  expect(peak).toBeGreaterThan(0)
  expect(peak).toBeLessThan(300 * 1024) // kilobytes, the runner alone
  expect((await run('preview')).plan).toMatchObject({ steps: [], serial: made.serial })
  expect((await run('up')).serial).toBe(made.serial)
})

test('the state holds no secret, and nothing of a run is left', async () => {
  const text = await readFile(paths().state, 'utf8')
  expect(text).not.toContain(TEST_TOKENS.resources)
  expect(text).not.toContain('secret words')
  expect(text).toMatch(/"type":\s*"passphrase"/)
  expect(await readdir(join(folder, 'state', 'runs'))).toEqual([])
  expect(await withEnvironment(RUN_MARK, paths().mark)).toEqual([])
})

test('a plan that is no longer true is refused before anything is done', async () => {
  const { plan } = await run('preview', { settings: { keyGeneration: 2 } })
  expect(plan?.steps).toMatchObject([{ resource: 'acme-key', operation: 'update', changed: ['generation'] }])
  await expect(run('up', { planHash: plan?.hash ?? '', settings: { keyGeneration: 3 } })).rejects.toMatchObject({
    code: 'plan.stale',
  })
  expect((await server.resources.get('key', 'acme-key')).inputs).toEqual({ generation: 1 })
  await run('up', { planHash: plan?.hash ?? '', settings: { keyGeneration: 2 } })
  expect((await server.resources.get('key', 'acme-key')).inputs).toEqual({ generation: 2 })
  const { plan: next } = await run('preview', { settings: { keyGeneration: 3 } })
  await run('up', { inputs: { size: 'medium' }, settings: { keyGeneration: 2 } }) // the state moves on
  await expect(run('up', { planHash: next?.hash ?? '', settings: { keyGeneration: 3 } })).rejects.toMatchObject({
    code: 'plan.stale',
  })
  await run('up', { settings: { keyGeneration: 2 } })
  await run('up') // asks for less, which a key that has risen is no worse for
  expect((await server.resources.get('key', 'acme-key')).inputs).toEqual({ generation: 2 })
})

test('an operation that was overtaken is refused', async () => {
  const settings = { keyGeneration: 2 }
  await run('preview', { epoch: 7, settings })
  await expect(run('up', { epoch: 6, settings })).rejects.toMatchObject({
    code: 'effect.fenced',
    extra: { epoch: 6, seen: 7 },
  })
  await run('preview', { epoch: 7, settings })
})

test('drift is told without being repaired: what was changed, what is gone; not what runs badly', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  expect((await run('drift', at)).plan?.steps).toEqual([])
  const { serial } = await run('preview', at)
  await server.resources.put('postgres-cluster', 'acme-db', { standbys: 1, maxConnections: 400 })
  await server.resources.remove('backup-store', 'acme-backups')
  const { plan, drift } = await run('drift', at)
  expect(plan?.steps.map(({ resource, operation }) => `${operation} ${resource}`)).toEqual([
    'delete acme-backups',
    'update acme-db',
  ])
  expect(drift).toEqual([
    { resource: 'acme-backups', type: 'steward:local:BackupStore', protected: false, gone: true, fields: [] },
    {
      resource: 'acme-db',
      type: 'steward:local:PostgresCluster',
      protected: true,
      gone: false,
      fields: [{ name: 'maxConnections', wanted: 50, found: 400 }],
    },
  ])
  expect((await run('preview', at)).serial).toBe(serial)
  await run('reconcile', at)
  expect(await server.names()).toEqual(NAMES)
  expect((await server.resources.get('postgres-cluster', 'acme-db')).inputs).toMatchObject({ maxConnections: 50 })
  expect((await run('drift', at)).drift).toEqual([])
})

test('a repair that is cut off when it knows what there is leaves the drift told until it has ended', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  await server.resources.put('postgres-cluster', 'acme-db', { standbys: 1, maxConnections: 400 })
  const { drift } = await run('drift', at)
  let pid = 0
  const cutOff = run('reconcile', {
    ...at,
    onStart: (started) => (pid = started),
    onEvent: (event) => {
      if (event.type === 'step' && event.phase === 'started' && event.operation === 'update')
        process.kill(pid, 'SIGKILL')
    },
  })
  await expect(cutOff).rejects.toMatchObject({ code: 'stack.runner-lost' })
  await run('repair', at) // it looks, and the state keeps what it finds
  expect((await run('preview', at)).plan?.steps).toMatchObject([{ resource: 'acme-db', operation: 'update' }])
  for (const _ of ['once', 'again']) expect((await run('drift', at)).drift).toEqual(drift)
  await run('reconcile', at)
  expect((await run('drift', at)).drift).toEqual([])
  expect((await server.resources.get('postgres-cluster', 'acme-db')).inputs).toMatchObject({ maxConnections: 50 })
})

test('a target that is away is named as such, and everything stays known', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  const gone = await server.away()
  await expect(run('refresh', at)).rejects.toMatchObject({ code: 'target.unreachable', retryable: true })
  await gone.back()
  expect(await run('refresh', at)).toMatchObject({ resources: 4 })
})

test('a state that cannot be read is named and left alone, and its good copy put back goes on', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  const { state, goodCopy } = paths()
  await writeFile(state, 'not a state')
  for (const operation of ['preview', 'up', 'refresh', 'destroy', 'repair'] as const)
    await expect(run(operation, at)).rejects.toMatchObject({ code: 'state.corrupt', extra: { state, goodCopy } })
  expect(await readFile(state, 'utf8')).toBe('not a state')
  await writeFile(state, await readFile(goodCopy, 'utf8'))
  expect((await run('preview', at)).plan?.steps).toEqual([])
})

test('a key that was rotated by hand stays so and is no drift, also when something else is repaired', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  await server.resources.put('key', 'acme-key', { generation: 5 })
  expect((await run('drift', at)).drift).toEqual([])
  await server.resources.put('postgres-cluster', 'acme-db', { standbys: 1, maxConnections: 400 })
  await run('reconcile', at)
  expect((await run('drift', at)).drift).toEqual([])
  expect((await server.resources.get('key', 'acme-key')).inputs).toEqual({ generation: 5 })
  expect((await run('preview', at)).plan?.steps).toEqual([])
})

test('what is protected and gone is not made anew but named, and stays known', async () => {
  const raised = { epoch: 7, settings: { keyGeneration: 5 } }
  await server.resources.remove('postgres-cluster', 'acme-db')
  await server.resources.put('backup-store', 'acme-backups', { residency: 'local-1' })
  await expect(run('reconcile', raised)).rejects.toMatchObject({
    code: 'stack.protected',
    extra: { resources: ['acme-db'] },
  })
  expect((await run('drift', raised)).drift).toMatchObject([{ resource: 'acme-db', gone: true, protected: true }])
  await server.resources.put('postgres-cluster', 'acme-db', { standbys: 1, maxConnections: 50 }, 'steward/acme')
  await until(async () => expect((await run('drift', raised)).drift).toEqual([]))
})

test('a destruction is previewed without being begun, and refused when it is no longer what was previewed', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  const preview = await run('preview-destroy', { ...at, epoch: null })
  expect(preview.plan?.steps.map(({ resource, operation, protected: kept }) => [resource, operation, kept])).toEqual([
    ['acme-backups', 'delete', false],
    ['acme-key', 'delete', true],
    ['acme-cluster', 'delete', false],
    ['acme-db', 'delete', true],
  ])
  const { state } = paths()
  const before = await readFile(state, 'utf8')
  const planHash = preview.plan?.hash ?? ''
  const release = ['acme-key', 'acme-db']
  await writeFile(state, before.replace(/"standbys":\s*1/, '"standbys": 2'))
  await expect(run('destroy', { ...at, release, planHash })).rejects.toMatchObject({ code: 'plan.stale' })
  await writeFile(state, before)
  expect(await server.names()).toEqual(NAMES)
  expect((await run('preview-destroy', { ...at, epoch: null })).plan?.hash).toBe(planHash)
})

test('destroying takes what is protected only when it was named; destroyed again there is nothing to do', async () => {
  const at = { epoch: 7, settings: { keyGeneration: 2 } }
  await expect(run('destroy', { ...at, release: ['acme-key'] })).rejects.toMatchObject({
    code: 'stack.protected',
    extra: { resources: ['acme-db'] },
  })
  expect(await server.names()).toEqual(NAMES)
  const release = ['acme-key', 'acme-db']
  const { plan } = await run('preview-destroy', at)
  const wanted = { ...at, release, planHash: plan?.hash ?? '' }
  expect(await run('destroy', wanted)).toMatchObject({ resources: 0, outputs: null })
  expect(await server.names()).toEqual([])
  expect(await run('destroy', wanted)).toMatchObject({ resources: 0 }) // cut off and repeated, it goes on
})

test('what another stack made is refused, and inputs that cannot be are, before anything is made', async () => {
  const at = { epoch: 8 }
  await expect(run('up', { ...at, inputs: { region: 'elsewhere' } })).rejects.toMatchObject({ code: 'stack.invalid' })
  expect(await server.names()).toEqual([])
  await server.resources.put('backup-store', 'acme-backups', { residency: 'local-1' }, 'steward/other')
  await expect(run('up', at)).rejects.toMatchObject({ code: 'resource.foreign' })
  expect((await server.resources.get('backup-store', 'acme-backups')).owner).toBe('steward/other')
  await server.resources.remove('backup-store', 'acme-backups')
  await run('up', at)
  await run('destroy', { ...at, release: ['acme-key', 'acme-db'] })
})

test('a run that is called off, or whose time is up, ends, and the next one finishes what it began', async () => {
  const at = { epoch: 9 }
  const gate = Promise.withResolvers<void>()
  makers.prepare = (name) => (name === 'acme-cluster' ? gate.promise : Promise.resolve())
  const called = new AbortController()
  const off = run('up', {
    ...at,
    signal: called.signal,
    onEvent: (event) => {
      if (event.type === 'progress' && event.message.includes('acme-cluster')) called.abort(new Error('called off'))
    },
  })
  await expect(off).rejects.toThrow('called off')
  expect(await withEnvironment(RUN_MARK, paths().mark)).toEqual([])
  await run('repair', at)
  await expect(run('up', { ...at, deadlineMs: 15_000 })).rejects.toMatchObject({ code: 'stack.deadline' })
  gate.resolve()
  await run('repair', at)
  expect(await run('up', at)).toMatchObject({ resources: 4 })
  expect(await server.names()).toEqual(NAMES)
  await run('destroy', { ...at, release: ['acme-key', 'acme-db'] })
})

test('a runner that has previewed makes what it previewed; one that is gone, or waited long enough, is replaced', async () => {
  const at = { epoch: 10 }
  const pids: number[] = []
  const onStart = (pid: number) => void pids.push(pid)
  const previewed = () => run('preview', { ...at, keepMs: 60_000, onStart })
  const { plan } = await previewed()
  expect(await run('up', { ...at, planHash: plan?.hash ?? '', onStart, keepMs: 60_000 })).toMatchObject({
    resources: 4,
  })
  expect(await run('drift', { ...at, onStart })).toMatchObject({ drift: [] })
  expect(new Set(pids)).toEqual(new Set([pids[0]]))
  await until(async () => expect(existsSync(`/proc/${pids[0]}`)).toBe(false)) // nobody wanted it to wait
  await previewed()
  process.kill(pids.at(-1) ?? 0, 'SIGKILL')
  await until(async () => expect(existsSync(`/proc/${pids.at(-1)}`)).toBe(false))
  await run('preview', { ...at, keepMs: 1, onStart })
  await until(async () => expect(existsSync(`/proc/${pids.at(-1)}`)).toBe(false))
  expect(new Set(pids).size).toBe(3)
  await run('destroy', { ...at, release: ['acme-key', 'acme-db'] })
  expect(await withEnvironment(RUN_MARK, paths().mark)).toEqual([])
})
