import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { startResourcesServer, type Makers, type ResourcesServer } from '../../../test/support/resources-server.ts'
import { stewardProvider, type ProviderOptions } from './provider.ts'
import { createTargetClient } from './target-client.ts'

const urn = (type: string, name: string, stack = 'acme') =>
  `urn:pulumi:${stack}::steward::steward:local:Stack$steward:local:${type}::${name}`
const CLUSTER = urn('KubernetesCluster', 'acme-cluster')
const STORE = urn('BackupStore', 'acme-backups')
const cluster = { name: 'acme-cluster', version: '1.35.4', nodes: 1 }
const store = { name: 'acme-backups', residency: 'local-1' }

let server: ResourcesServer
let makers: Makers
let folder: string
let said: string[]
beforeEach(async () => {
  makers = {}
  said = []
  folder = await mkdtemp(join(tmpdir(), 'steward-provider-'))
  server = await startResourcesServer(folder, {
    prepare: async (name) => makers.prepare?.(name),
    clear: async (name) => makers.clear?.(name),
  })
  return async () => {
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
})

/** A provider as the engine starts it for one run, its methods all there. */
function provider(over: Partial<ProviderOptions> = {}) {
  const made = stewardProvider({
    client: createTargetClient(server.access),
    say: (message) => said.push(message),
    withinMs: 10_000,
    ...over,
  })
  const { check, diff, create, read, update, delete: end, cancel } = made
  if (!check || !diff || !create || !read || !update || !end || !cancel) throw new Error('incomplete')
  return { check, diff, create, read, update, end, cancel }
}
const until = async (holds: () => boolean | Promise<boolean>) => {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('it did not come to that')
}
const CODED = (code: string) => expect.objectContaining({ message: expect.stringContaining(`[${code}] `) })

test('a resource is made, read, changed in place and ended; its outputs are addresses and paths', async () => {
  const { create, read, update, end } = provider()
  const made = await create(CLUSTER, cluster)
  expect(made).toEqual({
    id: 'acme-cluster',
    outs: { ...cluster, outputs: { server: expect.stringContaining('https://'), kubeconfig: expect.any(String) } },
  })
  expect(await read(made.id, CLUSTER, made.outs)).toEqual({ id: made.id, props: made.outs, inputs: cluster })
  const newer = { ...cluster, version: '1.36.0' }
  expect((await update(made.id, CLUSTER, made.outs, newer)).outs).toMatchObject(newer)
  await end(made.id, CLUSTER, made.outs)
  expect(await server.names()).toEqual([])
  expect(await read(made.id, CLUSTER, made.outs)).toEqual({ id: '', props: {} })
  await end(made.id, CLUSTER, made.outs) // what is gone is gone
})

test('made twice, as after a crash, it is the same one; another stack\u2019s is refused and left alone', async () => {
  const first = await provider().create(STORE, store)
  expect(await provider().create(STORE, store)).toEqual(first)
  const other = urn('BackupStore', 'acme-backups', 'globex')
  await expect(provider().create(other, store)).rejects.toEqual(CODED('resource.foreign'))
  await provider().end('acme-backups', other, {})
  expect(await server.names()).toEqual(['backup-store/acme-backups'])
  expect(await provider().read('acme-backups', other, {})).toEqual({ id: '', props: {} })
})

test('what differs decides between a change in place and a new one, which the former must make room for', async () => {
  const { diff, create } = provider()
  const { outs } = await create(STORE, store)
  expect(await diff('acme-backups', STORE, outs, store)).toMatchObject({ changes: false, replaces: [] })
  expect(await diff('acme-backups', STORE, outs, { ...store, residency: 'local-2' })).toEqual({
    changes: true,
    replaces: ['residency'],
    deleteBeforeReplace: true,
  })
  // the target has the last word
  await expect(create(STORE, { ...store, residency: 'local-2' })).rejects.toEqual(CODED('resource.replace-needed'))
})

test('what somebody changed behind the engine\u2019s back is read, and what only runs badly is no difference', async () => {
  const { create, read, diff } = provider()
  const { outs } = await create(CLUSTER, cluster)
  await server.resources.put('kubernetes-cluster', 'acme-cluster', { version: '1.36.0', nodes: 1 })
  const seen = await read('acme-cluster', CLUSTER, outs)
  expect(seen.inputs).toEqual({ ...cluster, version: '1.36.0' })
  expect(await diff('acme-cluster', CLUSTER, seen.props, cluster)).toMatchObject({ changes: true })
  makers.prepare = async () => {
    throw new Error('the disk is full')
  }
  await server.resources.put('kubernetes-cluster', 'acme-cluster', { version: '1.35.4', nodes: 1 })
  await until(async () => (await server.resources.get('kubernetes-cluster', 'acme-cluster')).state === 'failed')
  expect(await read('acme-cluster', CLUSTER, outs)).toMatchObject({ id: 'acme-cluster', props: outs })
})

test('a resource that fails is remembered with the reason, and the next try makes it', async () => {
  makers.prepare = async () => {
    throw new Error('the disk is full')
  }
  const failure = await provider()
    .create(STORE, store)
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({
    id: 'acme-backups', // so that the engine keeps it, and destroys it
    properties: store,
    message: expect.stringMatching(/^\[resource\.failed\] .*the disk is full/),
  })
  makers = {}
  expect((await provider().update('acme-backups', STORE, {}, store)).outs).toMatchObject(store)
})

test('waiting is told, has an end, and can be called off; the resource stays known', async () => {
  const gate = Promise.withResolvers<void>()
  makers.prepare = () => gate.promise
  await expect(provider({ withinMs: 100 }).create(STORE, store)).rejects.toMatchObject({
    id: 'acme-backups',
    message: expect.stringContaining('[resource.late]'),
  })
  expect(said).toContain('backup-store acme-backups: creating')
  const running = provider()
  const waiting = running.create(STORE, store).catch((error: unknown) => error)
  await until(() => said.length > 1)
  await running.cancel()
  expect(await waiting).toMatchObject({
    id: 'acme-backups',
    message: expect.stringContaining('[resource.interrupted]'),
  })
  gate.resolve()
})

test('a target that goes away for a while is waited for', async () => {
  const gate = Promise.withResolvers<void>()
  makers.prepare = () => gate.promise
  const making = provider().create(STORE, store)
  await until(() => said.length > 0)
  const gone = await server.away()
  gate.resolve()
  await until(() => said.includes('backup-store acme-backups: the target does not answer'))
  await gone.back()
  expect((await making).outs).toMatchObject(store)
})

test('a former one of the name that is still going is waited for', async () => {
  const { outs } = await provider().create(STORE, store)
  const gate = Promise.withResolvers<void>()
  makers.clear = () => gate.promise
  const ending = provider().end('acme-backups', STORE, outs)
  await until(() => said.includes('backup-store acme-backups: deleting'))
  const again = provider().create(STORE, store)
  await until(() => said.includes('backup-store acme-backups: the former one is being deleted'))
  gate.resolve()
  await ending
  expect((await again).id).toBe('acme-backups')
})

test('bad inputs are faults of their properties, and a wrong or missing token is said without quoting it', async () => {
  const { check } = provider()
  expect(await check(CLUSTER, {}, { ...cluster, nodes: 9 })).toMatchObject({
    failures: [{ property: 'nodes', reason: 'must be a whole number from 1 to 1' }],
  })
  await expect(check(urn('Volcano', 'a'), {}, {})).rejects.toEqual(CODED('target.refused'))
  const wrong = join(folder, 'wrong.token')
  await writeFile(wrong, 'not-the-token')
  const asking = (tokenFile: string, url = server.access.url) =>
    provider({ client: createTargetClient({ url, tokenFile }), withinMs: 50 }).create(STORE, store)
  const refused = await asking(wrong).catch((error: Error) => error.message)
  expect(refused).toContain('[target.unauthenticated]')
  expect(refused).not.toContain('not-the-token')
  await expect(asking(join(folder, 'none'))).rejects.toEqual(CODED('target.settings-invalid'))
  await writeFile(wrong, 'two\nlines')
  await expect(asking(wrong)).rejects.toEqual(CODED('target.settings-invalid'))
  await expect(asking(server.access.tokenFile, 'http://127.0.0.1:1')).rejects.toEqual(CODED('target.unreachable'))
  expect(await server.names()).toEqual([])
})
