import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { askDaemon } from './commands/daemon-client.ts'
import { readCredential } from './credentials/ensure-credentials.ts'
import type { ServerStatus } from './daemon/fleet.ts'
import { findLeftovers } from './daemon/leftovers.ts'
import { runningDaemon, startEstate, stopEstate, type Estate } from './estate.ts'
import { homePaths, readRecord } from './home.ts'
import { findPortBase } from './ports.ts'
import { connectKube } from './kube/client.ts'
import { isRoot } from '../process/account.ts'
import { descendants } from '../process/proc.ts'

const PROGRAM = fileURLToPath(new URL('./commands/main.ts', import.meta.url))
const WITHOUT = ['api', 'worker']
const SERVERS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'plane-db',
  'products-db',
  'temporal',
]

async function newHome(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-e2e-'))
  await chmod(folder, 0o711)
  return join(folder, 'home')
}
const remove = (home: string) => rm(join(home, '..'), { recursive: true, force: true })

/** The estate's own program, as a person would run it. */
async function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [PROGRAM, ...args]).then(
    (output) => ({ code: 0, ...output }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

async function servers(home: string): Promise<Map<string, ServerStatus>> {
  const { servers: list } = (await (await askDaemon(home, '/servers')).json()) as { servers: ServerStatus[] }
  return new Map(list.map((server) => [server.name, server]))
}

async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after 60 s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function leftovers(home: string) {
  const paths = homePaths(home)
  const record = await readRecord(paths)
  return record ? findLeftovers(paths, record.id) : []
}

/** Local addresses on which a process and everything below it listens, from the kernel's own table. */
async function listening(pid: number): Promise<string[]> {
  const inodes = new Set<string>()
  for (const id of [pid, ...(await descendants(pid))]) {
    for (const fd of await readdir(`/proc/${id}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${id}/fd/${fd}`).catch(() => '')
      if (target.startsWith('socket:[')) inodes.add(target.slice(8, -1))
    }
  }
  const tables = await Promise.all(['tcp', 'tcp6', 'udp', 'udp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')))
  return tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => (fields[3] === '0A' || fields[3] === '07') && inodes.has(fields[9] ?? ''))
    .map((fields) => fields[1] ?? '')
}

describe('a running estate', () => {
  let estate: Estate
  const lines: string[] = []
  beforeAll(async () => {
    estate = await startEstate({
      home: await newHome(),
      portBase: 'free',
      throwAway: true,
      without: WITHOUT,
      log: (line) => lines.push(line),
    })
  })
  afterAll(async () => {
    await estate.stop()
    expect(await leftovers(estate.home)).toEqual([])
    await remove(estate.home)
  })

  test('everything is ready, said so, and tells its memory', async () => {
    const all = await eventually(
      () => servers(estate.home),
      (seen) => seen.get('prometheus')?.state === 'ready',
    )
    for (const name of [...SERVERS, 'node', 'gateway', 'edge'])
      expect([name, all.get(name)?.state]).toEqual([name, 'ready'])
    for (const name of SERVERS) expect(all.get(name)?.memoryBytes).toBeGreaterThan(10_000_000)
    expect([...all.keys()]).not.toEqual(expect.arrayContaining(WITHOUT))
    expect(lines.some((line) => line.endsWith('kube-apiserver ready'))).toBe(true)
  })

  test('credentials are for their owner only and PostgreSQL does not run as root', async () => {
    const { folder } = estate.credentials
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(folder))
      expect([name, (await stat(join(folder, name))).mode & 0o777]).toEqual([name, 0o600])
    const all = await servers(estate.home)
    const own = process.getuid?.()
    for (const name of ['plane-db', 'products-db']) {
      const { uid } = await stat(`/proc/${all.get(name)?.pid}`)
      if (isRoot()) expect(uid).not.toBe(0)
      else expect(uid).toBe(own)
    }
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 1e7 })
    const secrets = Object.values(
      JSON.parse(await readFile(estate.credentials.secrets, 'utf8')) as Record<string, string>,
    )
    for (const secret of secrets) expect(stdout).not.toContain(secret)
  })

  test('nothing listens beyond this machine', async () => {
    const addresses = await listening(estate.pid)
    expect(addresses.length).toBeGreaterThan(10)
    // 127.x.y.z as the kernel writes it, or the mapped form of it
    for (const address of addresses)
      expect(address).toMatch(/^([0-9A-F]{6}7F|0{24}0100007F|0{16}F{4}0{4}[0-9A-F]{6}7F):/)
  })

  test('the databases know their logins, and only with their passwords', async () => {
    const url = await readCredential(estate.credentials.url('plane-operator'))
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query('select current_user, current_database()')
    await client.end()
    expect(rows).toEqual([{ current_user: 'steward_operator', current_database: 'steward' }])

    const wrong = new URL(url)
    wrong.password = 'guess'
    await expect(new Client({ connectionString: wrong.href }).connect()).rejects.toThrow(
      'password authentication failed',
    )

    const sweep = new Client({ connectionString: await readCredential(estate.credentials.url('products-sweep')) })
    await sweep.connect()
    await expect(sweep.query('create table x ()')).rejects.toThrow('read-only')
    await sweep.end()
  })

  test('the cluster serves HTTPRoutes and each credential may do its own work only', async () => {
    const as = (name: 'worker' | 'sweep' | 'gateway') => {
      const client = connectKube({ kubeconfig: estate.credentials.kubeconfig(name) })
      onTestFinished(() => client.close())
      return client
    }
    const routes = '/apis/gateway.networking.k8s.io/v1/httproutes'
    await as('worker').get(routes)
    await as('gateway').get(routes)
    await as('sweep').get('/api/v1/secrets')
    const forbidden = expect.objectContaining({ status: 403 })
    await expect(as('gateway').get('/api/v1/secrets')).rejects.toEqual(forbidden)
    await expect(as('worker').get('/apis/rbac.authorization.k8s.io/v1/clusterroles')).rejects.toEqual(forbidden)
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'planted' } }
    await expect(as('sweep').create('/api/v1/namespaces', namespace)).rejects.toEqual(forbidden)
    await expect(fetch(`https://127.0.0.1:${estate.ports.etcd}/health`)).rejects.toThrow()
  })

  test('the daemon obeys its token and no other', async () => {
    const ask = async (path: string, token?: string, method = 'GET') =>
      (
        await fetch(estate.urls.daemon + path, {
          method,
          ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
        })
      ).status
    const [daemon, edge, discovery] = await Promise.all(
      (['daemon', 'edge', 'discovery'] as const).map((name) => readCredential(estate.credentials.token(name))),
    )
    expect(await ask('/healthz')).toBe(200)
    expect(await ask('/servers')).toBe(401)
    expect(await ask('/servers', edge)).toBe(401)
    expect(await ask('/servers', daemon)).toBe(200)
    expect(await ask('/edge/routes', edge)).toBe(200)
    expect(await ask('/edge/routes', discovery)).toBe(401)
    expect(await ask('/discovery/pods', discovery)).toBe(200)
    expect(await ask('/shutdown', discovery, 'POST')).toBe(401)
    expect(await ask('/servers/nobody/stop', daemon, 'POST')).toBe(404)
    expect(await ask('/servers/edge/kill', daemon, 'POST')).toBe(409)
    expect(await ask('/servers/daemon/logs')).toBe(401)
    for (const name of ['daemon', 'edge'])
      expect((await command('logs', name, '--home', estate.home)).stdout).toContain('server.state')
    expect(await ask('/servers/..%2f..%2fcredentials%2fsecrets/logs', daemon)).toBe(404)
  })

  test('a crashed server comes back by itself; a frozen one goes on', async () => {
    const before = (await servers(estate.home)).get('products-db')
    process.kill(before?.pid ?? 0, 'SIGKILL')
    const after = await eventually(
      async () => (await servers(estate.home)).get('products-db'),
      (server) => server?.state === 'ready' && server.restarts === 1,
    )
    expect(after?.pid).not.toBe(before?.pid)
    const token = await readCredential(estate.credentials.token('daemon'))
    const act = async (verb: string) => {
      const response = await fetch(`${estate.urls.daemon}/servers/temporal/${verb}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
      return ((await response.json()) as ServerStatus).state
    }
    expect([await act('freeze'), await act('resume')]).toEqual(['frozen', 'ready'])
    expect([await act('stop'), await act('start')]).toEqual(['stopped', 'ready'])
  })

  test('its home and its ports are refused to another, by name', async () => {
    const taken = await command('up', '--home', estate.home)
    expect(taken.code).toBe(1)
    expect(taken.stderr).toContain(`home.in-use: ${estate.home} belongs to the estate run by process ${estate.pid}`)
    const reset = await command('reset', '--home', estate.home, '--yes')
    expect(reset.stderr).toContain('home.running')
    expect((await servers(estate.home)).get('etcd')?.state).toBe('ready')

    const home = await newHome()
    const ports = await command(
      'up',
      '--home',
      home,
      '--port-base',
      String(estate.ports.api),
      '--without',
      WITHOUT.join(','),
    )
    expect(ports.stderr).toMatch(/port\.in-use: .*uses .*port \d+ of etcd/)
    expect(ports.stderr).toContain('--port-base')
    expect(await leftovers(home)).toEqual([])
    await remove(home)
  })

  test('another estate runs beside it', async () => {
    const other = await startEstate({
      home: await newHome(),
      portBase: 'free',
      throwAway: true,
      without: [...WITHOUT, 'prometheus'],
    })
    expect((await servers(other.home)).get('gateway')?.state).toBe('ready')
    expect((await servers(estate.home)).get('gateway')?.state).toBe('ready')
    expect(other.ports.api).not.toBe(estate.ports.api)
    await other.stop()
    expect(await leftovers(other.home)).toEqual([])
    await remove(other.home)
  })
})

describe('an estate that was killed', () => {
  const LITTLE = ['api', 'worker', 'prometheus', 'kube-controller-manager', 'kube-scheduler']

  test('leaves nothing: neither after a new start nor after down', async () => {
    const home = await newHome()
    const options = { home, portBase: await findPortBase(), throwAway: true, without: LITTLE, attached: false }
    await startEstate(options)
    onTestFinished(async () => {
      await stopEstate(home)
      await remove(home)
    })
    const killDaemon = async () => {
      const daemon = await runningDaemon(home)
      process.kill(daemon?.pid ?? 0, 'SIGKILL')
      await eventually(
        () => runningDaemon(home),
        (running) => running === undefined,
      )
      return leftovers(home)
    }
    const strays = await killDaemon()
    expect(strays.length).toBeGreaterThanOrEqual(5)
    await startEstate(options)
    const now = await servers(home)
    for (const name of ['etcd', 'plane-db', 'temporal', 'node'])
      expect([name, now.get(name)?.state]).toEqual([name, 'ready'])
    const pids = new Set([...now.values()].map(({ pid }) => pid))
    expect(strays.filter(({ pid }) => pids.has(pid))).toEqual([])

    expect((await killDaemon()).length).toBeGreaterThanOrEqual(5)
    const { code, stdout } = await command('down', '--home', home)
    expect([code, stdout]).toEqual([0, expect.stringContaining('that a killed daemon had left behind')])
    expect(await leftovers(home)).toEqual([])
    expect((await command('status', '--home', home)).stderr).toContain('home.not-running')
  })

  test('ends with the process that started it in the foreground, keeps its state, and can be reset', async () => {
    const home = await newHome()
    onTestFinished(() => remove(home))
    const base = String(await findPortBase())
    const start = () =>
      spawn(process.execPath, [
        PROGRAM,
        'start',
        '--home',
        home,
        '--port-base',
        base,
        '--throw-away',
        '--without',
        LITTLE.join(','),
      ])
    const ready = async (child: ReturnType<typeof start>) => {
      let said = ''
      for await (const chunk of child.stdout) if ((said += String(chunk)).includes('Ctrl-C ends')) return said
      throw new Error(`it ended without being ready: ${said}`)
    }
    const first = start()
    expect(await ready(first)).toContain(home)
    const { id } = (await readRecord(homePaths(home))) ?? {}
    first.kill('SIGKILL')
    await eventually(
      () => leftovers(home),
      (left) => left.length === 0,
    )
    await eventually(
      () => runningDaemon(home),
      (running) => running === undefined,
    )

    const second = start()
    await ready(second)
    second.kill('SIGINT')
    const [code] = (await once(second, 'exit')) as [number]
    expect(code).toBe(0)
    expect(await leftovers(home)).toEqual([])
    expect((await readRecord(homePaths(home)))?.id).toBe(id)

    const third = start()
    const ended = once(third, 'exit')
    await ready(third)
    expect((await command('down', '--home', home)).code).toBe(0)
    expect(await ended).toEqual([0, null]) // it was asked to end, from elsewhere

    const unsure = await command('reset', '--home', home)
    expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringContaining('reset.unconfirmed')])
    expect((await command('reset', '--home', home, '--yes')).code).toBe(0)
    expect(await readRecord(homePaths(home))).toBeUndefined()
  })

  test('a start that is called off while servers come up leaves no process', async () => {
    const home = await newHome()
    onTestFinished(() => remove(home))
    const off = new AbortController()
    const starting = startEstate({
      home,
      portBase: 'free',
      throwAway: true,
      without: LITTLE,
      signal: off.signal,
      log: (line) => line.endsWith('etcd ready') && off.abort(),
    })
    await expect(starting).rejects.toThrow()
    expect(await leftovers(home)).toEqual([])
    expect(await stopEstate(home)).toEqual({ wasRunning: false, leftovers: 0 })
  })

  test('a start that fails half-way leaves no process and says why', async () => {
    const home = await newHome()
    onTestFinished(() => remove(home))
    const base = await findPortBase()
    // Taken where no check looks: the address is busy only once the estate has looked at it.
    const squatter = createServer()
    onTestFinished(() => void squatter.close())
    const failing = startEstate({
      home,
      portBase: base,
      throwAway: true,
      without: LITTLE,
      log: (line) => line.endsWith('edge ready') && squatter.listen(base + 2, '127.0.0.1'),
    })
    await expect(failing).rejects.toThrow(String(base + 2))
    expect(await leftovers(home)).toEqual([])
    expect(await runningDaemon(home)).toBeUndefined()
  })
})
