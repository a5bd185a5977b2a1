import { execFile } from 'node:child_process'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { command, eventually, leftoversOf, newHome, removeHome, serversOf } from '../../test/support/estate-home.ts'
import { readCredential } from './credentials/ensure-credentials.ts'
import type { ServerStatus } from './daemon/fleet.ts'
import { startEstate, type Estate } from './estate.ts'
import { connectKube } from './kube/client.ts'
import { isRoot } from '../process/account.ts'
import { descendants } from '../process/proc.ts'

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
    expect(await leftoversOf(estate.home)).toEqual([])
    await removeHome(estate.home)
  })

  test('everything is ready, said so, and tells its memory', async () => {
    const all = await eventually(
      () => serversOf(estate.home),
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
    const all = await serversOf(estate.home)
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
    const before = (await serversOf(estate.home)).get('products-db')
    process.kill(before?.pid ?? 0, 'SIGKILL')
    const after = await eventually(
      async () => (await serversOf(estate.home)).get('products-db'),
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
    expect((await serversOf(estate.home)).get('etcd')?.state).toBe('ready')

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
    expect(await leftoversOf(home)).toEqual([])
    await removeHome(home)
  })

  test('another estate runs beside it', async () => {
    const other = await startEstate({
      home: await newHome(),
      portBase: 'free',
      throwAway: true,
      without: [...WITHOUT, 'prometheus'],
    })
    expect((await serversOf(other.home)).get('gateway')?.state).toBe('ready')
    expect((await serversOf(estate.home)).get('gateway')?.state).toBe('ready')
    expect(other.ports.api).not.toBe(estate.ports.api)
    await other.stop()
    expect(await leftoversOf(other.home)).toEqual([])
    await removeHome(other.home)
  })
})
