import { readFile, readlink, readdir } from 'node:fs/promises'
import type { V1Pod } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { descendants } from '../../stacks/process/proc.ts'
import { readCredential } from '../../stacks/local/credentials/ensure-credentials.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { until } from '../support/postgres.ts'
import { manifestRequests, probePods, registryDigest, timesThrottled, type ProbePods } from './pods.ts'

let its: TestEstate
let pods: ProbePods
const CELL = 'cell-cell-1'

beforeAll(async () => {
  its = await testEstate({ node: 'containers' })
  pods = await probePods(its.estate)
  await createCell(its.plane, 'cell-1')
})
afterAll(async () => its?.remove())

type Tenant = { id: string; host: string }
async function provision(slug: string, plan = 'starter-shared'): Promise<Tenant> {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  expect({ status, body }).toMatchObject({ status: 202 })
  await its.plane.settle(String(body['operationId']))
  return (await its.plane.call<Tenant>('GET', `/v1/tenants/${slug}`)).body
}
const change = async (method: string, at: string) => {
  const { body } = await its.plane.call(method, at)
  await its.plane.settle(String(body['operationId']))
}
const whoami = (tenant: Tenant) => asCustomer(its.estate.urls.edge, tenant.host, '/whoami')
const productPods = async (namespace = CELL): Promise<V1Pod[]> => {
  const labelSelector = 'app.kubernetes.io/component=workload'
  const { items } = await pods.core.listNamespacedPod({ namespace, labelSelector })
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp) // those of a version before may still be ending
}
const act = async (server: string, verb: string) => {
  const token = await readCredential(its.estate.credentials.token('daemon'))
  const headers = { authorization: `Bearer ${token}` }
  const { status } = await fetch(`${its.estate.urls.daemon}/servers/${server}/${verb}`, { method: 'POST', headers })
  expect(status).toBe(200)
}
const stateOf = async (server: string) =>
  (await (await askDaemon(its.estate.home, `/servers/${server}`)).json()) as { state: string; restarts: number }

describe('the plane, unchanged, on a real kubelet', () => {
  test('a tenant is served, suspended, resumed and removed through gateway and edge', async () => {
    const tenant = await provision('acme')
    const { status, body } = await whoami(tenant)
    expect({ status, tenant: JSON.parse(body) }).toMatchObject({
      status: 200,
      tenant: { tenant: 'acme', id: tenant.id },
    })
    await change('POST', '/v1/tenants/acme/suspend')
    expect((await whoami(tenant)).status).toBe(403)
    await change('POST', '/v1/tenants/acme/resume')
    expect((await whoami(tenant)).status).toBe(200)
    await change('DELETE', '/v1/tenants/acme')
    expect((await whoami(tenant)).status).toBe(404)
  })

  test('a private tenant has an instance of its own: containers, namespace and database, gone when it goes', async () => {
    const tenant = await provision('lone', 'team-private')
    const { namespace } = unitNames('instance', 'lone')
    expect(await whoami(tenant)).toMatchObject({ status: 200, body: expect.stringContaining(tenant.id) as string })
    const own = await productPods(namespace)
    expect(own.map(({ status }) => status?.podIP?.startsWith('10.245.'))).toEqual([true, true])
    await change('DELETE', '/v1/tenants/lone')
    expect((await whoami(tenant)).status).toBe(404)
    await expect(pods.core.readNamespace({ name: namespace })).rejects.toMatchObject({ code: 404 })
  })

  test('its pods are containers of the pod network, seen by the daemon and by Prometheus', async () => {
    const running = await productPods()
    expect(running.map(({ status }) => status?.podIP?.startsWith('10.245.'))).toEqual([true, true])
    const { pods: told } = (await (await askDaemon(its.estate.home, '/pods')).json()) as { pods: { name: string }[] }
    const names = told.map(({ name }) => name)
    expect(running.map(({ metadata }) => metadata?.name).filter((name) => !names.includes(name ?? ''))).toEqual([])
    const up = `${its.estate.urls.prometheus}/api/v1/query?query=${encodeURIComponent('sum(up{job="pods"})')}`
    await until(async () => {
      const { data } = (await (await fetch(up)).json()) as { data: { result: { value: [number, string] }[] } }
      expect(Number(data.result[0]?.value[1])).toBeGreaterThanOrEqual(2)
    }, 60)
  })
})

describe('images', () => {
  test('what runs is what the registry states, by digest', async () => {
    const digest = await registryDigest(its.estate, 'ledger:1.0.0')
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    const ids = (await productPods()).map(({ status }) => status?.containerStatuses?.[0]?.imageID)
    expect(new Set(ids)).toEqual(new Set([`docker.io/library/ledger@${digest}`]))
  })

  test('every start asks the registry, whatever the pod says and whatever the node has', async () => {
    const before = await manifestRequests(its.estate, 'ledger')
    const created = await pods.create({ name: 'again', script: '' })
    expect(created.spec?.containers[0]?.imagePullPolicy).toBe('Always')
    expect((await pods.ended('again')).exitCode).toBe(0)
    expect(await manifestRequests(its.estate, 'ledger')).toBeGreaterThan(before)
  })

  test('an image is run by its digest, and a digest that the registry does not have is not', async () => {
    const digest = await registryDigest(its.estate, 'ledger:1.1.0')
    await pods.create({ name: 'by-digest', script: 'console.log(1)', image: `ledger@${digest}` })
    expect((await pods.ended('by-digest')).exitCode).toBe(0)
    await pods.create({ name: 'unknown-digest', script: '', image: `ledger@sha256:${'0'.repeat(64)}` })
    await until(async () => {
      const { status } = await pods.read('unknown-digest')
      expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/ErrImagePull|ImagePullBackOff/)
    }, 60)
  })
})

describe('limits', () => {
  const fill = (megabytes: number) =>
    `const kept = []; for (let n = 0; n < ${megabytes}; n++) kept.push(Buffer.alloc(2 ** 20, 1)); console.log(kept.length)`
  const limits = { memory: '96Mi', cpu: '1' }

  test('a container over its memory limit is killed by the kernel; the same below the limit ends well', async () => {
    await pods.create({ name: 'greedy', script: fill(200), limits })
    await pods.create({ name: 'modest', script: fill(16), limits })
    expect(await pods.ended('greedy')).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
    expect(await pods.ended('modest')).toMatchObject({ reason: 'Completed', exitCode: 0 })
  })

  test('a busy container gets the processor time of its limit and no more', async () => {
    const script = `const until = Date.now() + 4000; const began = process.cpuUsage(); while (Date.now() < until);
      const { user, system } = process.cpuUsage(began);
      console.log(JSON.stringify({ share: (user + system) / 4e6 })); for (;;);`
    await pods.create({ name: 'busy', script, limits: { memory: '96Mi', cpu: '200m' } })
    const { share } = await pods.told<{ share: number }>('busy')
    expect(share).toBeGreaterThan(0.05)
    expect(share).toBeLessThan(0.3)
    const containerId = (await pods.read('busy')).status?.containerStatuses?.[0]?.containerID ?? ''
    // a machine that is busy itself gives it less than its limit for a while: then there is nothing to hold
    await until(async () => expect(await timesThrottled(containerId)).toBeGreaterThan(5), 60)
    await pods.core.deleteNamespacedPod({ name: 'busy', namespace: 'probe' })
  })
})

/** Little-endian hexadecimal: 127.0.0.1, 10.245.x.1 and 10.246.x.1 of the bridge, ::1, ::ffff:127.0.0.1. */
const OWN_ADDRESSES = /^(0100007F|01..F[56]0A|0{24}01000000|0{16}FFFF00000100007F):/
/** Who listens: TCP in the state LISTEN, UDP without a peer. */
const listening = async (table: string) =>
  (await readFile(`/proc/net/${table}`, 'utf8')).split('\n').flatMap((line) => {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return state === (table.startsWith('tcp') ? '0A' : '07') ? [{ address, inode }] : []
  })
/** Inodes of the sockets of processes that share the machine's network: those of pods have their own. */
async function socketsOf(pids: readonly number[]): Promise<Set<string>> {
  const machine = await readlink('/proc/self/ns/net')
  const of = async (pid: number): Promise<string[]> => {
    if ((await readlink(`/proc/${pid}/ns/net`)) !== machine) return []
    const files = await readdir(`/proc/${pid}/fd`)
    const open = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')))
    return open.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
  }
  return new Set((await Promise.all(pids.map((pid) => of(pid).catch(() => [])))).flat()) // ended meanwhile: it listens no more
}

describe('isolation', () => {
  test.each([
    ['as root', (pod: V1Pod) => (pod.spec!.containers[0]!.securityContext!.runAsUser = 0)],
    ['in the network of the machine', (pod: V1Pod) => (pod.spec!.hostNetwork = true)],
    ['with a folder of the machine', (pod: V1Pod) => (pod.spec!.volumes = [{ name: 'host', hostPath: { path: '/' } }])],
    ['privileged', (pod: V1Pod) => (pod.spec!.containers[0]!.securityContext = { privileged: true })],
  ])('a pod that wants to run %s is refused', async (_what, ask) => {
    await expect(pods.create({ name: 'wants-more', script: '' }, ask)).rejects.toThrow(/forbidden|privileged/i)
  })

  test('a container has its own processes, account and read-only root, no right and no credential', async () => {
    const script = `const fs = require('node:fs');
      const tried = (path) => { try { fs.writeFileSync(path, 'x'); return 'written' } catch (error) { return error.code } };
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      const field = (name) => status.match(new RegExp('^' + name + ':\\\\s+(.*)$', 'm'))[1];
      console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), pid: process.pid,
        write: tried('/app/x'), capabilities: field('CapEff'), newPrivileges: field('NoNewPrivs'), seccomp: field('Seccomp'),
        processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
        token: fs.existsSync('/var/run/secrets/kubernetes.io'), shell: fs.existsSync('/bin/sh') }))`
    await pods.create({ name: 'inside', script })
    expect(await pods.told('inside')).toEqual({
      uid: 65532,
      gid: 65532,
      pid: 1,
      write: 'EROFS',
      capabilities: '0000000000000000',
      newPrivileges: '1',
      seccomp: '2',
      processes: 1,
      token: false,
      shell: false,
    })
  })

  test('a pod reaches the API server and the product database, and nothing else', async () => {
    const { ports } = its.estate
    const gateway = new URL(await readCredential(its.estate.credentials.url('products-admin'))).hostname
    const other = (await productPods())[0]?.status?.podIP
    const targets = {
      api: ['$KUBERNETES_SERVICE_HOST', '$KUBERNETES_SERVICE_PORT'],
      database: [gateway, ports['products-db']],
      kubelet: [gateway, ports.kubelet],
      planeDatabase: [gateway, ports['plane-db']],
      temporal: [gateway, ports.temporal],
      otherPod: [other, 8080],
      outside: ['192.0.2.1', 80],
      loopback: ['127.0.0.1', ports.daemon],
    }
    const script = `const net = require('node:net'); const targets = ${JSON.stringify(targets)};
      const reach = ([host, port]) => new Promise((resolve) => {
        const real = (text) => String(text).startsWith('$') ? process.env[text.slice(1)] : text;
        const socket = net.connect({ host: real(host), port: Number(real(port)), timeout: 3000 });
        const end = (result) => { socket.destroy(); resolve(result) };
        socket.on('connect', () => end(true)).on('error', () => end(false)).on('timeout', () => end(false)) });
      Promise.all(Object.entries(targets).map(async ([name, at]) => [name, await reach(at)]))
        .then((all) => console.log(JSON.stringify(Object.fromEntries(all))))`
    await pods.create({ name: 'reach', script })
    expect(await pods.told('reach')).toEqual({
      api: true,
      database: true,
      kubelet: false,
      planeDatabase: false,
      temporal: false,
      otherPod: false,
      outside: false,
      loopback: false,
    })
  })

  test('nothing of the estate listens beyond loopback and its own bridge', async () => {
    const own = await socketsOf([its.estate.pid, ...(await descendants(its.estate.pid))])
    const found = (await Promise.all(['tcp', 'tcp6', 'udp', 'udp6'].map(listening))).flat()
    const ours = found.filter(({ inode }) => own.has(inode)).map(({ address }) => address)
    expect(ours.length).toBeGreaterThan(10)
    expect(ours).toContainEqual(expect.stringMatching(/^01..F60A:01BB$/)) // the door to the API server is among them
    expect(ours.filter((address) => !OWN_ADDRESSES.test(address))).toEqual([])
  })
})

describe('faults', () => {
  test('a killed kubelet and a killed containerd come back, and the containers never noticed', async () => {
    const tenant = await provision('steady')
    const ids = async () =>
      (await productPods()).map(({ status }) => status?.containerStatuses?.[0]?.containerID).toSorted()
    const before = await ids()
    for (const server of ['kubelet', 'containerd']) {
      await act(server, 'kill')
      expect((await whoami(tenant)).status).toBe(200)
      await until(async () => expect(await stateOf(server)).toMatchObject({ state: 'ready', restarts: 1 }), 60)
    }
    await pods.create({ name: 'after', script: '' })
    expect((await pods.ended('after')).exitCode).toBe(0)
    expect(await ids()).toEqual(before)
    expect((await whoami(tenant)).status).toBe(200)
  })
})
