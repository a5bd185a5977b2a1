import { execFile } from 'node:child_process'
import { access, readdir } from 'node:fs/promises'
import https from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon } from '../../commands/daemon-client.ts'
import type { ServerStatus } from '../../daemon/fleet.ts'
import { readKubeconfig } from '../../kube/kubeconfig.ts'
import { until } from '../../node/support/until.ts'
import { isFree } from '../../ports.ts'
import { identify, isRunning, signalTree, waitUntilGone, type ProcessId } from '../../../process/proc.ts'
import { probeHttp } from '../../servers/probes.ts'
import { KUBERNETES } from '../../toolchain/parts.ts'
import type { ResourceView } from '../being.ts'
import { askApp, NAMESPACE, serveApp, stackRig, type StackRig } from './support/stack-rig.ts'

const PROGRAM = fileURLToPath(new URL('../../commands/main.ts', import.meta.url))
const PARTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'cluster-objects', 'node']
const PATIENT_MS = 240_000
let rig: StackRig
let acme: ResourceView
let initech: ResourceView
const gatewayOf = ({ outputs }: ResourceView) => String(outputs['gatewayUrl'])

beforeAll(async () => {
  rig = await stackRig(['prometheus'])
  await Promise.all(['acme', 'initech'].map((name) => rig.ask('PUT', name, {})))
  ;[acme, initech] = await Promise.all([rig.ready('acme'), rig.ready('initech')])
}, PATIENT_MS)
afterAll(async () => {
  await rig?.remove()
})

const daemonServers = async () =>
  ((await (await askDaemon(rig.estate.home, '/servers')).json()) as { servers: ServerStatus[] }).servers
const idsOf = (servers: readonly ServerStatus[]): ProcessId[] =>
  servers.flatMap(({ pid }) => (pid === null ? [] : [identify(pid) ?? { pid, startTime: '' }]))
const podAddresses = async (cluster: string | null): Promise<string[]> => {
  const client = rig.connect(cluster)
  try {
    const pods = await client.get<{ items: { status: { podIP: string } }[] }>(`/api/v1/namespaces/${NAMESPACE}/pods`)
    const nodes = await client.get<{ items: { status: { addresses: { address: string }[] } }[] }>('/api/v1/nodes')
    return [
      ...pods.items.map(({ status }) => status.podIP),
      ...nodes.items.map(({ status }) => status.addresses[0]?.address ?? ''),
    ]
  } finally {
    client.close()
  }
}

test('a cluster of its own is told whole: version, node, servers with memory and ports, and files of credentials', async () => {
  expect(acme).toMatchObject({
    inputs: { version: KUBERNETES, nodes: 1 },
    error: null,
    observed: { version: KUBERNETES, nodes: 1, nodesReady: 1, notReady: [] },
  })
  expect(acme.servers.map(({ name }) => name)).toEqual(PARTS.map((part) => `acme.${part}`))
  for (const { name, kind, memoryBytes } of acme.servers)
    if (kind === 'process') expect([name, Number(memoryBytes) > 10_000_000]).toEqual([name, true])
  for (const name of ['kubeconfig', 'sweepKubeconfig', 'accessKubeconfig']) await access(String(acme.outputs[name]))
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'status', '--home', rig.estate.home])
  expect(stdout).toContain('acme.kube-apiserver')
  const logs = await promisify(execFile)(process.execPath, [PROGRAM, 'logs', 'acme.node', '--home', rig.estate.home])
  expect(logs.stdout).toContain('node.ready')
})

test(
  'a Deployment in it is served by its gateway and by no other; no address, port or name is there twice',
  async () => {
    await Promise.all([
      serveApp(rig, 'acme', gatewayOf(acme), 'acme.localhost'),
      serveApp(rig, 'initech', gatewayOf(initech), 'initech.localhost'),
      serveApp(rig, null, rig.estate.urls.gateway, 'shared.localhost'),
    ])
    for (const other of [gatewayOf(initech), rig.estate.urls.gateway])
      await expect(askApp(other, 'acme.localhost')).rejects.toThrow('404')
    const addresses = await Promise.all(['acme', 'initech', null].map(podAddresses))
    const ranges = addresses.map((own) => new Set(own.map((address) => address.split('.').slice(0, 3).join('.'))))
    expect(ranges.map(({ size }) => size)).toEqual([1, 1, 1])
    expect(new Set(ranges.flatMap((range) => [...range])).size).toBe(3)
    const servers = await daemonServers()
    const ports = [...servers.flatMap((server) => server.ports), rig.estate.ports.daemon]
    expect(new Set(ports).size).toBe(ports.length)
    expect(new Set(servers.map(({ name }) => name)).size).toBe(servers.length)

    const targets = (await (await askDaemon(rig.estate.home, '/discovery/pods')).json()) as {
      targets: string[]
      labels: Record<string, string>
    }[]
    expect(targets.map(({ labels }) => labels['cluster']).toSorted()).toEqual(['acme', 'initech', undefined])
    for (const {
      targets: [target],
    } of targets)
      await probeHttp(`http://${target}/note`, new AbortController().signal)
    expect(await (await askDaemon(rig.estate.home, '/discovery/servers')).json()).toHaveLength(2)
    const open = await fetch(String(acme.outputs['metricsUrl']))
    expect(open.status).toBe(401)
  },
  PATIENT_MS,
)

/** The status that an API server gives one who comes with these certificates. */
const statusFor = (server: { server: string; ca?: string }, client: { cert?: string; key?: string; token?: string }) =>
  new Promise<number>((resolve, reject) => {
    const { token, ...tls } = client
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    const options = { ...tls, ...(server.ca ? { ca: server.ca } : {}), headers, agent: false as const }
    https
      .get(`${server.server}/version`, options, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      .on('error', reject)
  })

test('no credential of one cluster is any in another', async () => {
  const clusters = [null, 'acme', 'initech']
  const admins = clusters.map((name) => readKubeconfig(rig.credentials(name).kubeconfig('admin')))
  const tokens = await Promise.all(
    clusters.map(async (name) => {
      const client = rig.connect(name)
      const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
      const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`
      const { status } = await client.create<{ status: { token: string } }>(accounts, asked)
      client.close()
      return status.token
    }),
  )
  for (const [at, server] of admins.entries()) {
    for (const [from, { cert = '', key = '' }] of admins.entries()) {
      const expected = at === from ? 200 : 401
      expect([at, from, await statusFor(server, { cert, key })]).toEqual([at, from, expected])
      expect([at, from, await statusFor(server, { token: tokens[from] ?? '' })]).toEqual([at, from, expected])
      // and whoever trusts one authority does not take another's server for its own
      if (at !== from)
        await expect(statusFor({ ...server, ca: admins[from]?.ca ?? '' }, { cert, key })).rejects.toThrow()
    }
  }
  const etcd = (name: string | null, of: string | null) => {
    const port = name === null ? rig.estate.ports.etcd : acme.servers[0]?.ports[0]
    const [server, client] = [rig.credentials(name), rig.credentials(of)]
    const [ca, certificate, key] = [
      server.certificate('etcd-ca'),
      client.certificate('etcd-client'),
      client.key('etcd-client'),
    ]
    return probeHttp(`https://127.0.0.1:${port}/health`, AbortSignal.timeout(5000), { ca, certificate, key })
  }
  await etcd('acme', 'acme')
  await etcd(null, null)
  await expect(etcd('acme', null)).rejects.toThrow()
  await expect(etcd(null, 'acme')).rejects.toThrow()
})

test(
  'killing everything of one changes nothing for anyone else, and it comes back',
  async () => {
    const before = await daemonServers()
    const killed = idsOf((await rig.view('acme')).servers)
    const others = [gatewayOf(initech), rig.estate.urls.gateway].map((url, n) => ({
      url,
      host: `${['initech', 'shared'][n]}.localhost`,
    }))
    const failures: unknown[] = []
    let served = 0
    const over = new AbortController()
    const watching = others.map(async ({ url, host }) => {
      while (!over.signal.aborted) {
        await askApp(url, host).then(
          () => (served += 1),
          (error: unknown) => failures.push(error),
        )
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    expect(killed).toHaveLength(5)
    for (const { pid } of killed) await signalTree(pid, 'SIGKILL')
    expect(await waitUntilGone(killed, 20_000)).toBe(true)
    await expect(askApp(gatewayOf(acme), 'acme.localhost')).rejects.toThrow()
    await rig.seen(
      'acme',
      ({ observed, servers }) =>
        observed['nodesReady'] === 1 && servers.every(({ state }) => state === 'ready' || state === 'done'),
    )
    await until(() => askApp(gatewayOf(acme), 'acme.localhost'))
    over.abort()
    await Promise.all(watching)
    expect(failures).toEqual([])
    expect(served).toBeGreaterThan(20)
    const untouched = (servers: readonly ServerStatus[]) =>
      servers
        .filter(({ name }) => !name.startsWith('acme.'))
        .map(({ name, pid, restarts }) => ({ name, pid, restarts }))
    expect(untouched(await daemonServers())).toEqual(untouched(before))
  },
  PATIENT_MS,
)

test('asked for again nothing changes; what cannot be is refused by its field', async () => {
  const before = await rig.view('acme')
  const again = await rig.ask('PUT', 'acme', { version: KUBERNETES, nodes: 1 })
  expect(again).toMatchObject({ status: 202, body: { state: 'ready' } })
  expect(idsOf(again.body.servers)).toEqual(idsOf(before.servers))
  for (const [inputs, field] of [
    [{ version: '1.0.0' }, 'version'],
    [{ nodes: 2 }, 'nodes'],
    [{ zones: 3 }, 'zones'],
  ] as const)
    expect(await rig.ask('PUT', 'acme', inputs)).toMatchObject({
      status: 422,
      body: { code: 'resource.invalid', field },
    })
  expect(idsOf((await rig.view('acme')).servers)).toEqual(idsOf(before.servers))
})

test(
  'deleted, it leaves no process, folder, port or log, and the others go on',
  async () => {
    const { servers } = await rig.view('acme')
    const ids = idsOf(servers)
    const before = await rig.leftovers()
    expect((await rig.ask('DELETE', 'acme')).status).toBe(202)
    await rig.gone('acme')
    expect(ids.filter(isRunning)).toEqual([])
    const pods = before.filter(({ pid }) => !ids.some((id) => id.pid === pid))
    expect((await rig.leftovers()).length).toBeLessThanOrEqual(pods.length)
    await expect(access(rig.folderOf('acme'))).rejects.toThrow('ENOENT')
    for (const port of servers.flatMap((server) => server.ports))
      expect([port, await isFree(port)]).toEqual([port, true])
    const names = (await readdir(rig.estate.paths.logs)).filter((name) => name.startsWith('acme.'))
    const noted = (await readdir(rig.estate.paths.run)).filter((name) => name.startsWith('acme.'))
    expect([...names, ...noted]).toEqual([])
    await askApp(gatewayOf(initech), 'initech.localhost')
    await askApp(rig.estate.urls.gateway, 'shared.localhost')
    const environments = join(rig.estate.paths.resources, 'kubernetes-cluster')
    expect(await readdir(environments)).toEqual(['initech'])
  },
  PATIENT_MS,
)
