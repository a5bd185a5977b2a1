import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openHome, type HomePaths } from '../home.ts'
import { identify, waitUntilGone } from '../../process/proc.ts'
import { runGroup } from '../../process/run-group.ts'
import type { ProcessServer, Server } from '../servers/server.ts'
import { createFleet } from './fleet.ts'
import { endLeftovers, findLeftovers } from './leftovers.ts'
import { startProcess } from './spawn.ts'
import { supervise, type ServerState } from './supervisor.ts'

let paths: HomePaths
let estateId: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-supervisor-'))
  const opened = await openHome({ home: join(folder, 'home') })
  paths = opened.paths
  estateId = opened.record.id
  return () => rm(folder, { recursive: true, force: true })
})

/** A server that runs a shell line; ready at once. */
const shell = (script: string, over: Partial<ProcessServer> = {}): ProcessServer => ({
  kind: 'process',
  name: 'shell',
  needs: [],
  command: async () => ({ file: '/bin/sh', args: ['-c', script], env: { PATH: process.env['PATH'] ?? '' } }),
  probe: async () => undefined,
  stopSignal: 'SIGTERM',
  graceMs: 300,
  ...over,
})

function start(server: ProcessServer) {
  const states: ServerState[] = []
  const hands = {
    paths,
    estateId,
    log: pino({ level: 'silent' }),
    onState: (_name: string, state: ServerState) => void states.push(state),
  }
  const supervised = supervise(server, hands)
  onTestFinished(() => supervised.stop())
  const until = async (wanted: (status: ReturnType<typeof supervised.status>) => boolean) => {
    const deadline = Date.now() + 20_000
    while (!wanted(supervised.status())) {
      if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(supervised.status())} after 20 s`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { ...supervised, states, until }
}

test('a killed server is started again as another process; a stopped one is not', async () => {
  const server = start(shell('exec sleep 300'))
  await server.start()
  const first = server.status().pid
  await server.kill()
  await server.until(({ state, restarts }) => state === 'ready' && restarts === 1)
  expect(server.status().pid).not.toBe(first)
  await server.stop()
  expect(server.status()).toMatchObject({ state: 'stopped', pid: null })
  expect(server.states).toEqual(['starting', 'ready', 'restarting', 'ready', 'stopping', 'stopped'])
  await expect(server.kill()).rejects.toEqual(expect.objectContaining({ code: 'server.not-running' }))
  await server.start()
  expect(server.status().state).toBe('ready')
})

test('a server killed to stay down stays down', async () => {
  const server = start(shell('exec sleep 300'))
  await server.start()
  await server.kill({ stayDown: true })
  expect(server.status()).toMatchObject({ state: 'stopped', restarts: 0 })
})

test('a server that never gets ready is given up with the end of its log', async () => {
  const server = start(shell('echo the port is haunted; exit 7', { probe: () => Promise.reject(new Error('refused')) }))
  await expect(server.start()).rejects.toEqual(
    expect.objectContaining({
      code: 'server.failed',
      message: expect.stringMatching(/ended with 7[^]*the port is haunted/),
    }),
  )
  expect(server.status().state).toBe('failed')
})

test('a program that is not there is told by name', async () => {
  const server = start(shell('', { command: async () => ({ file: '/nonexistent/program', args: [] }) }))
  await expect(server.start()).rejects.toThrow('/nonexistent/program')
})

test('a server that ignores being asked is killed after its grace, with its children', async () => {
  const server = start(shell('trap "" TERM; sleep 300 & echo $! ; wait; wait'))
  await server.start()
  const log = join(paths.logs, 'shell.log')
  let child = Number.NaN
  const deadline = Date.now() + 20_000
  while (Number.isNaN(child) && Date.now() < deadline) child = Number.parseInt(await readFile(log, 'utf8'), 10)
  const noted = identify(child)
  await server.stop()
  expect(noted).toBeDefined()
  expect(await waitUntilGone(noted ? [noted] : [], 20_000)).toBe(true)
})

test('a frozen server keeps its process, goes on when resumed, and can be stopped', async () => {
  const server = start(shell('exec sleep 300'))
  await server.start()
  const { pid } = server.status()
  await server.freeze()
  const deadline = Date.now() + 20_000 // the kernel stops a process when it runs next
  while (!/\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) expect(Date.now()).toBeLessThan(deadline)
  await server.resume()
  expect(server.status()).toMatchObject({ state: 'ready', pid })
  await server.freeze()
  await server.stop()
  expect(server.status().pid).toBeNull()
})

test('stopping one that waits for its tool ends the wait', async () => {
  const server = start(shell('', { command: () => new Promise(() => undefined) }))
  const started = server.start()
  await server.stop()
  await expect(started).rejects.toEqual(expect.objectContaining({ code: 'estate.stopped' }))
})

test('stopping one that is preparing waits until its preparation has ended', async () => {
  const ended = vi.fn()
  const preparing = Promise.withResolvers<void>()
  const command = async (signal: AbortSignal) => {
    preparing.resolve()
    await runGroup({ file: '/bin/sleep', args: ['300'], cwd: '/', env: {}, account: undefined }, signal).finally(ended)
    return { file: '/bin/true', args: [] }
  }
  const server = start(shell('', { command }))
  const starting = expect(server.start()).rejects.toThrow('stopped before it was ready')
  await preparing.promise
  await server.stop()
  expect(ended).toHaveBeenCalledOnce()
  await starting
})

test('a later daemon ends what a killed one left, noted or not, and no stranger', async () => {
  const noted = await startProcess(paths, estateId, 'noted', {
    file: 'sleep',
    args: ['300'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  const unnoted = await startProcess(paths, estateId, 'unnoted', {
    file: 'sleep',
    args: ['300'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  await rm(join(paths.run, 'unnoted.pid.json'))
  const stranger = await startProcess(paths, 'another-estate', 'stranger', {
    file: 'sleep',
    args: ['300'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  await rm(join(paths.run, 'stranger.pid.json'))
  onTestFinished(() => void process.kill(stranger.pid, 'SIGKILL'))
  expect((await findLeftovers(paths, estateId)).map(({ pid }) => pid).toSorted()).toEqual(
    [noted.pid, unnoted.pid].toSorted(),
  )
  expect(await endLeftovers(paths, { id: estateId })).toBe(2)
  expect(await findLeftovers(paths, estateId)).toEqual([])
  expect([noted.ended(), stranger.ended()]).toEqual([true, false])
})

test('a fleet starts in order of need, passes a failed background server over and ends in reverse', async () => {
  const told: string[] = []
  const servers: Server[] = [
    shell('exec sleep 300', { name: 'b', needs: ['task'] }),
    { kind: 'task', name: 'task', needs: ['a'], run: ({ runToEnd }) => runToEnd({ file: 'true', args: [] }) },
    shell('exec sleep 300', { name: 'a' }),
    shell('exit 1', { name: 'extra', background: true, probe: () => Promise.reject(new Error('no')) }),
    {
      kind: 'inner',
      name: 'inner',
      needs: ['b'],
      start: async () => ({ stop: async () => void told.push('inner ended') }),
    },
  ]
  const fleet = createFleet(servers, {
    paths,
    estateId,
    log: pino({ level: 'silent' }),
    onState: (name, state) => told.push(`${name} ${state}`),
  })
  onTestFinished(() => fleet.stop())
  await fleet.start()
  expect(told.filter((line) => /^(a|b|inner) ready|task done/.test(line))).toEqual([
    'a ready',
    'task done',
    'b ready',
    'inner ready',
  ])
  expect(await fleet.status('b')).toMatchObject({ state: 'ready', memoryBytes: expect.any(Number), needs: ['task'] })
  await expect(fleet.status('zebra')).rejects.toEqual(expect.objectContaining({ code: 'server.unknown' }))
  expect(() => fleet.process('task')).toThrow(expect.objectContaining({ code: 'server.cannot' }))
  await fleet.stop()
  expect(told.filter((line) => /^(a|b) stopped|inner ended/.test(line))).toEqual([
    'inner ended',
    'b stopped',
    'a stopped',
  ])
})

test('a fleet whose task fails says so with the end of its log, and starts nothing behind it', async () => {
  const servers: Server[] = [
    {
      kind: 'task',
      name: 'migrate',
      needs: [],
      run: ({ runToEnd }) => runToEnd({ file: '/bin/sh', args: ['-c', 'echo no table; exit 3'] }),
    },
    shell('exec sleep 300', { name: 'api', needs: ['migrate'] }),
  ]
  const fleet = createFleet(servers, {
    paths,
    estateId,
    log: pino({ level: 'silent' }),
    onState: () => undefined,
  })
  onTestFinished(() => fleet.stop())
  await expect(fleet.start()).rejects.toThrow(/migrate ended with 3[^]*no table/)
  expect(await fleet.status('api')).toMatchObject({ state: 'waiting', pid: null })
})

test('a fleet grows and shrinks while it runs: servers that came together start in order of need and go together', async () => {
  const told: string[] = []
  const fleet = createFleet([shell('exec sleep 300', { name: 'first' })], {
    paths,
    estateId,
    log: pino({ level: 'silent' }),
    onState: (name, state) => told.push(`${name} ${state}`),
  })
  onTestFinished(() => fleet.stop())
  await fleet.start()
  const before = await fleet.status('first')
  const servers = [
    shell('exec sleep 300', { name: 'acme.b', needs: ['acme.a'], ports: { b: 7421 } }),
    shell('exec sleep 300', { name: 'acme.a' }),
  ]
  const group = fleet.add(servers)
  expect(await fleet.status('acme.b')).toMatchObject({ state: 'waiting', ports: [7421] })
  expect(() => fleet.add(servers)).toThrow(expect.objectContaining({ code: 'server.cannot' }))
  await group.start()
  expect(told.filter((line) => line.endsWith(' ready'))).toEqual(['first ready', 'acme.a ready', 'acme.b ready'])
  expect((await group.statuses()).map(({ name }) => name)).toEqual(['acme.b', 'acme.a'])

  await group.remove()
  expect(fleet.names()).toEqual(['first'])
  expect(told.filter((line) => line.endsWith(' stopped'))).toEqual(['acme.b stopped', 'acme.a stopped'])
  expect((await fleet.status('first')).pid).toBe(before.pid)
  const again = fleet.add(servers) // the names are free again
  await again.start()
  await fleet.stop()
  expect(told.filter((line) => line.endsWith(' stopped'))).toHaveLength(5)
  expect(() => fleet.add([])).toThrow(expect.objectContaining({ code: 'estate.stopped' }))
})

test('servers that are removed while they start end with it, and what waits behind them never begins', async () => {
  const fleet = createFleet([], { paths, estateId, log: pino({ level: 'silent' }), onState: () => undefined })
  onTestFinished(() => fleet.stop())
  const started = Promise.withResolvers<void>()
  const group = fleet.add([
    shell('exec sleep 300', { name: 'slow', probe: () => (started.resolve(), Promise.reject(new Error('not yet'))) }),
    shell('exec sleep 300', { name: 'behind', needs: ['slow'] }),
  ])
  const refused = expect(group.start()).rejects.toMatchObject({ code: 'estate.stopped' })
  await started.promise
  const { pid } = await fleet.status('slow')
  await group.remove()
  await refused
  expect(identify(pid ?? 0)).toBeUndefined()
  expect(fleet.names()).toEqual([])
})
