import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UNIT_LABEL, unitNames } from '../../control-plane/domain/naming.ts'
import { serverSideApply } from '../../stacks/kubernetes/apply.ts'
import { endProbes, startListener, type Target, tryFrom } from '../../stacks/kubernetes/attestation/probe-runs.ts'
import { connectCluster, type Cluster } from '../../stacks/kubernetes/cluster.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { readCniRecord } from '../../stacks/local/containers/policies/cni-addresses.ts'
import { readCredential } from '../../stacks/local/credentials/ensure-credentials.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { until } from '../support/postgres.ts'

const PROBE = 'probe:1'
const NETWORK_CHECK = 'MTB-1201'
let its: TestEstate
let admin: Cluster
/** The product database: every pod of a unit may reach it. */
let control: Target

type Tenant = { id: string; unit: { id: string }; host: string }
async function provision(slug: string): Promise<Tenant> {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan: 'regulated-private' } })
  expect({ status, body }).toMatchObject({ status: 202 })
  await its.plane.settle(String(body['operationId']))
  return (await its.plane.call<Tenant>('GET', `/v1/tenants/${slug}`)).body
}
const spaceOf = (slug: string) => ({ namespace: unitNames('instance', slug).namespace, tenant: admin })

beforeAll(async () => {
  its = await testEstate({ node: 'containers' })
  admin = connectCluster({ kubeconfig: its.estate.credentials.kubeconfig('admin') })
  const { hostname, port } = new URL(await readCredential(its.estate.credentials.url('products-admin')))
  control = { name: 'control', protocol: 'tcp', address: `${hostname}:${port}` }
  await provision('acme')
  await provision('globex')
})
afterAll(async () => {
  await admin?.close()
  await its?.remove()
})

type Seen = {
  id: string
  outcome: string
  observations: { what: string; part: string; expected: string; seen: string; said: string }[]
}
/** Measures a unit and gives what the signed record says of its network. */
async function measured(unit: string): Promise<Seen> {
  const { status, body } = await its.plane.call('POST', `/v1/units/${unit}/attest`)
  expect({ status, body }).toMatchObject({ status: 202 })
  const operationId = String(body['operationId'])
  await its.plane.settle(operationId)
  const list = await its.plane.call<{ items: { id: string; operationId: string }[] }>(
    'GET',
    `/v1/evidence?unit=${unit}`,
  )
  const { id = '' } = list.body.items.find((each) => each.operationId === operationId) ?? {}
  const { record } = (await its.plane.call<{ record: string }>('GET', `/v1/evidence/${id}`)).body
  const check = (JSON.parse(record) as { checks: Seen[] }).checks.find((each) => each.id === NETWORK_CHECK)
  if (!check) throw new Error(`no check ${NETWORK_CHECK}`)
  return check
}
const traffic = ({ observations }: Seen) => observations.filter(({ what }) => /^(TCP|UDP) /.test(what))
const odd = ({ observations }: Seen) => observations.filter(({ expected, seen }) => expected !== seen)

test('the region sells a virtual network of one’s own, and who bought it is served', async () => {
  const region = await its.plane.call<{ facets: string[] }>('GET', '/v1/regions/local-1')
  expect(region.body.facets).toContain('network')
  const unit = await its.plane.call<{ facets: string[] }>('GET', '/v1/units/acme')
  expect(unit.body.facets).toEqual(['namespace', 'database', 'network'])
  const { host } = (await its.plane.call<Tenant>('GET', '/v1/tenants/acme')).body
  expect((await asCustomer(its.estate.urls.edge, host, '/whoami')).status).toBe(200)
})

test('pods of two tenants do not reach each other, pods of one do', async () => {
  const [acme, globex] = [spaceOf('acme'), spaceOf('globex')]
  const [ours, theirs] = await Promise.all(
    [acme, globex].map((space) => startListener(space, 'listener', PROBE, unlinked)),
  )
  const targets = [ours, theirs].flatMap((address, index) =>
    (['tcp', 'udp'] as const).map((protocol) => ({
      name: `${index} ${protocol}`,
      protocol,
      address: `${address}:8080`,
    })),
  )
  const { answers } = await tryFrom(acme, PROBE, { control, targets }, unlinked)
  expect(answers).toEqual({
    control: 'answered',
    '0 tcp': 'answered',
    '0 udp': 'answered',
    '1 tcp': 'silent',
    '1 udp': 'silent',
  })
  await Promise.all([acme, globex].map(({ namespace }) => endProbes(admin, namespace, unlinked)))
})

test('a unit is attested with traffic: both ways, TCP and UDP, with controls, and nothing stays', async () => {
  const check = await measured('acme')
  expect(odd(check)).toEqual([])
  expect(check.outcome).toBe('pass')
  const counted = Object.entries(Object.groupBy(traffic(check), ({ part, expected }) => `${part} ${expected}`))
  expect(Object.fromEntries(counted.map(([kind, seen]) => [kind, seen?.length]))).toEqual({
    'control refused': 2,
    'control allowed': 2,
    'probe refused': 8,
  })
  const { namespace } = spaceOf('acme')
  await until(async () => {
    const { items } = (await admin.call(
      { method: 'GET', path: `/api/v1/namespaces/${namespace}/pods`, what: 'list pods' },
      unlinked,
    )) as { items: KubernetesObject[] }
    expect(items.map(({ metadata }) => metadata.name).filter((name) => name.includes('probe'))).toEqual([])
  })
})

test('a cell is attested with traffic, too', async () => {
  await createCell(its.plane, 'cell-1')
  const check = await measured('cell-1')
  expect(odd(check)).toEqual([])
  expect(check.outcome).toBe('pass')
})

type PodSeen = KubernetesObject & { status: { phase?: string; podIP?: string } }
/** Addresses by uid of the pods that run, as their status tells. */
async function told(): Promise<Record<string, string | undefined>> {
  const { items } = (await admin.call({ method: 'GET', path: '/api/v1/pods', what: 'list every pod' }, unlinked)) as {
    items: PodSeen[]
  }
  const run = items.filter(({ status }) => status.phase === 'Running')
  return Object.fromEntries(run.map(({ metadata, status }) => [metadata.uid, status.podIP]))
}
/** The same as the node noted them, which is what the fence goes by. */
async function noted(): Promise<Record<string, string>> {
  const folder = path.join(its.estate.paths.containers, 'cni/results')
  const texts = (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8'))
  const records = (await Promise.all(texts)).map(readCniRecord).filter((record) => record !== undefined)
  return Object.fromEntries(records.map(({ uid, address }) => [uid, address]))
}

test('after a killed node host the fence goes by the addresses that the next one gives: tenants are served and kept apart', async () => {
  expect(await noted()).toEqual(await told())
  await askDaemon(its.estate.home, '/servers/node-host/kill', 'POST')
  await until(async () => {
    for (const server of ['node-host', 'containerd', 'kubelet']) {
      const state = await (await askDaemon(its.estate.home, `/servers/${server}`)).json()
      expect(state).toMatchObject({ state: 'ready', ...(server === 'node-host' ? { restarts: 1 } : {}) })
    }
    expect(Object.keys(await noted()).toSorted()).toEqual(Object.keys(await told()).toSorted())
    expect(await noted()).toEqual(await told())
  }, 300) // a kubelet backs off while its containerd comes back
  for (const slug of ['acme', 'globex']) {
    const { host } = (await its.plane.call<Tenant>('GET', `/v1/tenants/${slug}`)).body
    await until(async () => expect((await asCustomer(its.estate.urls.edge, host, '/whoami')).status).toBe(200), 60)
  }
  const check = await measured('acme')
  expect(odd(check)).toEqual([])
  expect(check.outcome).toBe('pass')
}, 600_000)

test('a unit that somebody opened is found by its traffic, though its policies look like the plane’s own', async () => {
  const { namespace } = spaceOf('globex')
  const { unit } = (await its.plane.call<Tenant>('GET', '/v1/tenants/globex')).body
  const careless: KubernetesObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'careless', namespace, labels: { [UNIT_LABEL]: unit.id } },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
  }
  await serverSideApply(admin, [careless])
  const check = await measured('globex')
  expect(check.outcome).toBe('fail')
  const open = odd(check)
  expect(open.map(({ part, expected, seen }) => `${part}: ${seen} instead of ${expected}`)).toEqual(
    Array(8).fill('probe: allowed instead of refused'),
  )
})
