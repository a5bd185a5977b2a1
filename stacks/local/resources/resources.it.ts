import { once } from 'node:events'
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { bareContext } from '../../../test/support/bare-context.ts'
import { createFleet } from '../daemon/fleet.ts'
import { isRunning, identify } from '../../process/proc.ts'
import type { EstateContext } from '../servers/context.ts'
import type { ProcessServer } from '../servers/server.ts'
import { inputFields, invalidInput } from './inputs.ts'
import { anyKind, type ResourceKind } from './resource-kind.ts'
import type { ResourceView } from './being.ts'
import { resourceFolder, writeResource } from './resource-record.ts'
import { openResources } from './resources.ts'

type Inputs = { size: number; colour: string }
/** What the kind under test does to whoever uses it. */
type Faults = { prepare?: (name: string) => Promise<void>; probe?: () => Promise<void> }

/** A kind whose servers sleep: two, one needing the other. Its size can be changed in place, its colour cannot. */
const sleeper = (faults: Faults = {}): ResourceKind<Inputs> => ({
  kind: 'sleeper',
  parse(raw) {
    const { size = 1, colour = 'red' } = inputFields(raw, ['size', 'colour'])
    if (typeof size !== 'number' || size < 1) throw invalidInput('size', 'must be a number from 1')
    if (typeof colour !== 'string') throw invalidInput('colour', 'must be text')
    return { size, colour }
  },
  ports: ['a', 'b'],
  async prepare({ size }, at) {
    await writeFile(join(at.folder, 'prepared'), String(size))
    await faults.prepare?.(at.name)
  },
  servers: ({ size }, at) => [
    sleeping(`${at.name}.b`, size, {
      needs: [`${at.name}.a`],
      ports: { b: at.port('b') },
      probe: faults.probe ?? serving,
    }),
    sleeping(`${at.name}.a`, size, { ports: { a: at.port('a') } }),
  ],
  outputs: (_inputs, at) => ({ url: `http://127.0.0.1:${at.port('a')}` }),
  observe: async ({ size }) => ({ size }),
  change: (before, after) =>
    before.colour !== after.colour
      ? { how: 'replace', fields: ['colour'] }
      : { how: before.size === after.size ? 'none' : 'in-place' },
})
const serving = async () => undefined
const sleeping = (name: string, size: number, over: Partial<ProcessServer>): ProcessServer => ({
  kind: 'process',
  name,
  needs: [],
  command: async () => ({ file: '/bin/sh', args: ['-c', `echo size ${size}; exec sleep 300`] }),
  probe: serving,
  stopSignal: 'SIGTERM',
  graceMs: 300,
  ...over,
})

let context: EstateContext
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-resources-'))
  context = await bareContext(folder)
  return () => rm(folder, { recursive: true, force: true })
})

/** A daemon's part in it: a fleet and the resources of the home. What it runs ends with the test. */
async function daemon(kind = sleeper()) {
  const { paths, record, log } = context
  const fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  const resources = await openResources({ context, fleet, kinds: [anyKind(kind)] })
  const stop = async () => {
    await resources.stop()
    await fleet.stop()
  }
  onTestFinished(stop)
  const until = async (name: string, wanted: (view: ResourceView) => boolean): Promise<ResourceView> => {
    const deadline = Date.now() + 20_000
    for (;;) {
      const view = await resources.get('sleeper', name)
      if (wanted(view)) return view
      if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(view)} after 20 s`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const gone = (name: string) => expect(until(name, () => false)).rejects.toMatchObject({ code: 'resource.unknown' })
  const ready = (name: string) => until(name, ({ state }) => state === 'ready')
  return { ...resources, fleet, until, ready, gone, stop }
}
const pidsOf = ({ servers }: ResourceView) => servers.map(({ pid }) => pid)
const folderOf = (name: string) => resourceFolder(context.paths.resources, { kind: 'sleeper', name })
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

test('a resource is made, told, asked for again without effect, and deleted until nothing is left', async () => {
  const estate = await daemon()
  expect(await estate.put('sleeper', 'acme', { size: 2 })).toMatchObject({
    state: 'creating',
    inputs: { size: 2, colour: 'red' },
  })
  const made = await estate.ready('acme')
  expect(made).toMatchObject({ kind: 'sleeper', name: 'acme', error: null, observed: { size: 2, notReady: [] } })
  expect(made.servers.map(({ name, state }) => [name, state])).toEqual([
    ['acme.b', 'ready'],
    ['acme.a', 'ready'],
  ])
  const ports = made.servers.flatMap((server) => server.ports)
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(context.record.portBase + 20)
  expect(made.outputs).toEqual({ url: `http://127.0.0.1:${made.servers[1]?.ports[0]}` })
  expect(pidsOf(await estate.put('sleeper', 'acme', { colour: 'red', size: 2 }))).toEqual(pidsOf(made))
  expect((await stat(join(folderOf('acme'), 'resource.json'))).mode & 0o777).toBe(0o600)
  const ids = pidsOf(made).map((pid) => identify(pid ?? 0) ?? { pid: 0, startTime: '' })

  await estate.remove('sleeper', 'acme')
  await estate.gone('acme')
  expect(await exists(folderOf('acme'))).toBe(false)
  expect(ids.filter(isRunning)).toEqual([])
  expect(estate.fleet.names()).toEqual([])
  expect((await readdir(context.paths.logs)).filter((name) => name.startsWith('acme'))).toEqual([])
  await estate.remove('sleeper', 'acme') // gone is gone
  await estate.put('sleeper', 'other', {})
  expect((await estate.ready('other')).servers.flatMap((server) => server.ports)).toEqual(ports) // free again
})

test.each([
  ['sleeper', 'acme', { size: 0 }, 'resource.invalid', 'size'],
  ['sleeper', 'acme', { size: 1, weight: 2 }, 'resource.invalid', 'weight'],
  ['sleeper', 'acme', null, 'resource.invalid', 'inputs'],
  ['sleeper', 'acme', [1], 'resource.invalid', 'inputs'],
  ['sleeper', 'Acme', {}, 'resource.invalid', 'name'],
  ['sleeper', '1acme', {}, 'resource.invalid', 'name'],
  ['sleeper', '../acme', {}, 'resource.invalid', 'name'],
  ['sleeper', 'a'.repeat(41), {}, 'resource.invalid', 'name'],
  ['waker', 'acme', {}, 'resource.kind-unknown', undefined],
])('%s %s with %j is refused: %s of %s', async (kind, name, inputs, code, field) => {
  const estate = await daemon()
  await expect(estate.put(kind, name, inputs)).rejects.toMatchObject({ code, extra: field ? { field } : {} })
  expect(await estate.all()).toEqual([])
  expect(await exists(context.paths.resources)).toBe(false)
})

test('what can be changed in place is, with servers started anew; what cannot is refused by its fields', async () => {
  const estate = await daemon()
  await estate.put('sleeper', 'acme', { size: 1 })
  const before = await estate.ready('acme')
  await estate.put('sleeper', 'acme', { size: 5 })
  const after = await estate.until('acme', ({ state, observed }) => state === 'ready' && observed['size'] === 5)
  expect(await readFile(join(folderOf('acme'), 'prepared'), 'utf8')).toBe('5')
  expect(pidsOf(after)).not.toEqual(pidsOf(before))
  expect(after.outputs).toEqual(before.outputs)
  const refused = estate.put('sleeper', 'acme', { size: 9, colour: 'blue' })
  await expect(refused).rejects.toMatchObject({ code: 'resource.replace-needed', extra: { fields: ['colour'] } })
  expect(await estate.get('sleeper', 'acme')).toMatchObject({ state: 'ready', inputs: { size: 5, colour: 'red' } })
})

test('requests for one name at once make one resource; for several, no two have a port in common', async () => {
  const estate = await daemon()
  await Promise.all(['acme', 'acme', 'acme', 'initech', 'hooli'].map((name) => estate.put('sleeper', name, {})))
  const all = await Promise.all(['acme', 'initech', 'hooli'].map(estate.ready))
  const ports = all.flatMap(({ servers }) => servers.flatMap((server) => server.ports))
  expect(new Set(ports).size).toBe(6)
  expect(await estate.all()).toHaveLength(3)
})

test('the next daemon goes on: what was made runs again at its ports, half a deletion is finished, half a making, too', async () => {
  const first = await daemon()
  await first.put('sleeper', 'acme', { size: 3 })
  await first.put('sleeper', 'leaving', {})
  const made = await first.ready('acme')
  await first.ready('leaving')
  await first.stop()
  const record = JSON.parse(await readFile(join(folderOf('leaving'), 'resource.json'), 'utf8'))
  await writeResource(context.paths.resources, { ...record, deleting: true })
  await rm(join(folderOf('leaving'), 'prepared'))
  await writeResource(context.paths.resources, { ...record, name: 'half', ports: {} }) // cut off right after its record
  await mkdir(folderOf('nothing'), { recursive: true })
  await writeFile(join(folderOf('nothing'), 'resource.json.0123abcd.new'), '{')
  await mkdir(folderOf('strange'), { recursive: true })
  await writeFile(join(folderOf('strange'), 'resource.json'), '{')

  const second = await daemon()
  expect((await second.get('sleeper', 'acme')).state).toBe('creating') // nothing runs before it is told to
  second.resume()
  const again = await second.ready('acme')
  expect(again.servers.map(({ ports }) => ports)).toEqual(made.servers.map(({ ports }) => ports))
  expect(again.inputs).toEqual({ size: 3, colour: 'red' })
  await second.gone('leaving')
  const half = await second.ready('half')
  expect(new Set([...half.servers, ...again.servers].flatMap(({ ports }) => ports)).size).toBe(4)
  expect((await readdir(join(folderOf('acme'), '..'))).toSorted()).toEqual(['acme', 'half', 'strange'])
  expect(await readFile(join(folderOf('strange'), 'resource.json'), 'utf8')).toBe('{') // nobody guesses what it was
})

test('a port that somebody else has taken is told by name, and the resource is made when asked for again', async () => {
  const first = await daemon()
  await first.put('sleeper', 'acme', {})
  const [, a] = (await first.ready('acme')).servers
  await first.stop()
  const stranger = createServer().listen(a?.ports[0], '127.0.0.1')
  await once(stranger, 'listening')
  const second = await daemon()
  second.resume()
  const failed = await second.until('acme', ({ state }) => state === 'failed')
  expect(failed.error).toMatchObject({
    code: 'port.in-use',
    detail: expect.stringContaining(`port ${a?.ports[0]} of acme.a`),
  })
  stranger.close()
  await once(stranger, 'close')
  await second.put('sleeper', 'acme', {})
  expect(await second.ready('acme')).toMatchObject({ error: null })
})

test('what fails is told with its reason, and is deleted like anything else', async () => {
  let broken = true
  const prepare = async () => {
    if (broken) throw new Error('no disk')
  }
  const estate = await daemon(sleeper({ prepare }))
  await estate.put('sleeper', 'acme', {})
  const failed = await estate.until('acme', ({ state }) => state === 'failed')
  expect(failed).toMatchObject({ error: { code: 'resource.failed', detail: 'no disk' }, outputs: {}, servers: [] })
  broken = false
  await estate.put('sleeper', 'acme', {})
  await estate.ready('acme')
  broken = true
  await estate.put('sleeper', 'acme', { size: 2 })
  await estate.until('acme', ({ state }) => state === 'failed')
  await estate.remove('sleeper', 'acme')
  await estate.gone('acme')
})

test('one that does not get ready is deleted all the same, and refused to those who come meanwhile', async () => {
  const probe = () => Promise.reject(new Error('not yet'))
  const waiting = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  const kind = sleeper({ probe })
  const clear = () => (entered.resolve(), waiting.promise)
  const estate = await daemon({ ...kind, clear })
  await estate.put('sleeper', 'acme', {})
  const starting = await estate.until('acme', ({ servers }) => servers.some(({ error }) => error === 'not yet'))
  expect(starting).toMatchObject({ state: 'creating', observed: { notReady: ['acme.b'] } })
  await estate.remove('sleeper', 'acme')
  await entered.promise
  expect(await estate.get('sleeper', 'acme')).toMatchObject({ state: 'deleting', outputs: {} })
  await expect(estate.put('sleeper', 'acme', {})).rejects.toMatchObject({ code: 'resource.deleting', retryable: true })
  await expect(estate.finder('sleeper')('acme')).rejects.toMatchObject({ code: 'resource.unknown' })
  await estate.remove('sleeper', 'acme')
  waiting.resolve()
  await estate.gone('acme')
  expect(await exists(folderOf('acme'))).toBe(false)
})

test('a deletion that fails says why, stays, and gets on when asked for again', async () => {
  let stuck = true
  const clear = async () => {
    if (stuck) throw new Error('busy')
  }
  const estate = await daemon({ ...sleeper(), clear })
  await estate.put('sleeper', 'acme', {})
  await estate.ready('acme')
  await estate.remove('sleeper', 'acme')
  const told = await estate.until('acme', ({ error }) => error !== null)
  expect(told).toMatchObject({ state: 'deleting', error: { detail: 'busy' } })
  stuck = false
  await estate.remove('sleeper', 'acme')
  await estate.gone('acme')
})

test('a daemon that ends while something is made calls it off and leaves no process', async () => {
  const probe = () => Promise.reject(new Error('not yet'))
  const estate = await daemon(sleeper({ probe }))
  await estate.put('sleeper', 'acme', {})
  const starting = await estate.until('acme', ({ servers }) => servers.length > 0 && servers.every(({ pid }) => pid))
  const ids = pidsOf(starting).map((pid) => identify(pid ?? 0) ?? { pid: 0, startTime: '' })
  await estate.stop()
  expect(ids.filter(isRunning)).toEqual([])
  const next = await daemon()
  next.resume()
  await next.ready('acme')
})

test('when no port is left nothing is made', async () => {
  context = { ...context, record: { ...context.record, portBase: 65_515 } } // one port above the twenty
  const estate = await daemon()
  await expect(estate.put('sleeper', 'acme', {})).rejects.toMatchObject({ code: 'resource.ports-exhausted' })
  expect(await exists(folderOf('acme'))).toBe(false)
})
