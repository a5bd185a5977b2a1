import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { beforeAll, expect, test } from 'vitest'
import { readClusterAccess } from '../../control-plane/features/kubeconfigs/kubeconfigs.cluster-access.ts'
import { readRegionFile } from '../../control-plane/features/regions/regions.file.ts'
import { ConfigSchema, loadConfig } from '../../control-plane/platform/config.ts'
import { SWEEP_RULES, TOKEN_RULES, WORKER_RULES } from '../../stacks/kubernetes/rights.ts'
import { stackTools } from '../../workflows/regions/stack-request.ts'
import { objectsOf, type Rendered, renderCase } from './render.ts'

type Variable = { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }
type Pods = { template: { spec: { containers: { args: string[]; env: Variable[] }[] } } }

let objects: Rendered[]
beforeAll(async () => {
  objects = objectsOf(await renderCase('control-plane-everything'))
})
const named = (kind: string, name: string): Rendered => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name)
  if (!found) throw new Error(`no ${kind} ${name}`)
  return found
}
const container = (kind: string, name: string) => {
  const [only] = (named(kind, name).spec as Pods).template.spec.containers
  if (!only) throw new Error('no container')
  return only
}
const dataOf = (object: Rendered, file: string) => String((object['data'] as Record<string, string>)[file])

test('the worker may do in the cluster what its hands need, the sweeper only look, the API only ask for tokens of tenants', () => {
  expect(named('ClusterRole', 'steward-plane-worker')['rules']).toEqual(WORKER_RULES)
  expect(named('ClusterRole', 'steward-plane-sweep')['rules']).toEqual(SWEEP_RULES)
  expect(named('ClusterRole', 'steward-plane-access')['rules']).toEqual(TOKEN_RULES)
  const bound = objects
    .filter(({ kind }) => kind === 'ClusterRoleBinding')
    .map(({ roleRef, subjects }) => [
      (roleRef as { name: string }).name,
      (subjects as { name: string }[]).map(({ name }) => name),
    ])
  expect(bound.toSorted()).toEqual([
    ['steward-plane-access', ['steward-api']],
    ['steward-plane-sweep', ['steward-sweep']],
    ['steward-plane-worker', ['steward-worker']],
  ])
})

test('the schema is migrated before anything of a new version runs, and nothing else is a hook', () => {
  const hooks = objects
    .filter(({ metadata }) => JSON.stringify(metadata).includes('helm.sh/hook'))
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
  expect(hooks.toSorted()).toEqual(['Job steward-migration', 'ServiceAccount steward-migration'])
  expect(container('Job', 'steward-migration').args).toEqual(['control-plane/database/migrate.ts'])
})

test('every program is told names that it knows, and each gets one database login', () => {
  const known = Object.keys(ConfigSchema.properties)
  const others = ['NODE_COMPILE_CACHE', 'STEWARD_EXAMPLE_SECRET', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
  const logins = [
    ['Deployment', 'steward-api', 'DATABASE_URL'],
    ['Deployment', 'steward-worker', 'DATABASE_WORKER_URL'],
    ['Job', 'steward-migration', 'DATABASE_OWNER_URL'],
  ] as const
  for (const [kind, name, login] of logins) {
    const names = container(kind, name).env.map((variable) => variable.name)
    expect(names.filter((variable) => !known.includes(variable) && !others.includes(variable))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((variable) => variable.startsWith('DATABASE_'))).toEqual([login])
  }
})

test('what is secret comes from a Secret, and no value of one is rendered', () => {
  for (const name of ['steward-api', 'steward-worker']) {
    const env = container('Deployment', name).env
    const secrets = env.filter(({ valueFrom }) => valueFrom !== undefined).map((variable) => variable.name)
    expect(secrets).toEqual(expect.arrayContaining(['STEWARD_SEALING_KEY', 'OTEL_EXPORTER_OTLP_HEADERS']))
  }
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([
    expect.objectContaining({ type: 'kubernetes.io/service-account-token' }),
  ])
  expect(named('Secret', 'steward-sweep-token')['data']).toBeUndefined()
})

test('the region file is one that the API takes, and the kubeconfigs are read by the worker’s library', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-chart-'))
  try {
    const file = path.join(folder, 'region.json')
    await writeFile(file, dataOf(named('ConfigMap', 'steward-region'), 'region.json'))
    const region = await readRegionFile(file)
    expect(region).toMatchObject({ name: 'eu-1', settings: { kubeconfig: '/etc/steward/clusters/worker.kubeconfig' } })
    for (const [map, name] of [
      ['steward-kubeconfigs', 'worker'],
      ['steward-kubeconfigs', 'sweep'],
      ['steward-access', 'access'],
    ] as const) {
      const config = new KubeConfig()
      config.loadFromString(dataOf(named('ConfigMap', map), `${name}.kubeconfig`).replace(/token-file: .*/, 'token: x'))
      expect(config.getCurrentCluster()?.caFile).toBe(`/var/run/steward/${name}/ca.crt`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('where tenants are handed no kubeconfigs the API has no right in the cluster, and no way to it', async () => {
  const text = await renderCase('control-plane-everything', { region: { tenantAccess: null, exportBucket: null } })
  const others = objectsOf(text)
  expect(text).not.toContain('access.kubeconfig')
  expect(text).not.toContain('/var/run/steward/access')
  expect(others.filter(({ metadata }) => metadata.name.endsWith('-access'))).toEqual([])
  const egress = (from: Rendered[]) =>
    JSON.stringify(from.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'steward-api')?.spec)
  expect([egress(objects).includes('443'), egress(others).includes('443')]).toEqual([true, false])
})

test('the API reads what it asks the cluster with', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-chart-'))
  try {
    await writeFile(path.join(folder, 'ca.crt'), 'authority')
    await writeFile(path.join(folder, 'token'), 'the-token\n')
    const file = path.join(folder, 'access.kubeconfig')
    const text = dataOf(named('ConfigMap', 'steward-access'), 'access.kubeconfig')
    await writeFile(file, text.replaceAll('/var/run/steward/access', folder))
    expect(await readClusterAccess(file)).toEqual({
      server: 'https://kubernetes.default.svc',
      ca: 'authority',
      token: 'the-token',
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the worker keeps states of stacks in the bucket that is named, and the region file names the one of exports', async () => {
  const told = container('Deployment', 'steward-worker').env.flatMap(({ name, value }) =>
    value ? [[name, value]] : [],
  )
  expect(stackTools(loadConfig(Object.fromEntries(told) as Record<string, string>))).toEqual({
    pulumi: '/usr/local/bin/pulumi',
    stateFolder: '/tmp/stacks',
    passphraseFile: '/etc/steward/stacks/passphrase',
    stateBucket: {
      name: 'acme-stacks',
      region: 'eu-central-1',
      prefix: 'production',
      endpoint: 'https://objects.example.com:9000',
      kmsKeyId: 'alias/stacks',
    },
  })
  const region = dataOf(named('ConfigMap', 'steward-region'), 'region.json')
  expect(region).toContain('"exportBucket"')
  const ports = { network: { ports: { buckets: 9000 } } }
  const egress = (from: Rendered[], name: string) =>
    JSON.stringify(from.find((one) => one.kind === 'NetworkPolicy' && one.metadata.name === name)?.spec)
  const ways = objectsOf(await renderCase('control-plane-everything', ports))
  const without = objectsOf(await renderCase('control-plane', ports))
  for (const name of ['steward-api', 'steward-worker'])
    expect([egress(ways, name).includes('9000'), egress(without, name).includes('9000')]).toEqual([true, false])
  expect(JSON.stringify(without)).not.toContain('AWS_')
})

test('what opens buckets reaches who needs it: the API where there are exports, the worker by a Secret of its own where one is named', async () => {
  const secretsOf = async (values: Record<string, unknown>) => {
    const rendered = objectsOf(await renderCase('control-plane-everything', values))
    return ['steward-api', 'steward-worker'].map((name) => {
      const pod = JSON.stringify(rendered.find((one) => one.kind === 'Deployment' && one.metadata.name === name))
      return /"AWS_SECRET_ACCESS_KEY","valueFrom":\{"secretKeyRef":\{.*?"name":"([^"]+)"/.exec(pod)?.[1]
    })
  }
  expect(await secretsOf({})).toEqual(['exports', 'buckets'])
  expect(await secretsOf({ buckets: { secret: 'both', workerSecret: '' } })).toEqual(['both', 'both'])
  expect(await secretsOf({ region: { exportBucket: null } })).toEqual([undefined, 'buckets'])
})

test('a changed region makes new pods', async () => {
  const mark = (rendered: Rendered[]) =>
    rendered.flatMap(({ kind, metadata, spec }) =>
      kind === 'Deployment'
        ? [`${metadata.name} ${/"steward\.dev\/configuration":"([^"]+)"/.exec(JSON.stringify(spec))?.[1]}`]
        : [],
    )
  const other = objectsOf(await renderCase('control-plane-everything', { region: { domain: 'example.org' } }))
  expect(mark(objects)).toHaveLength(2)
  expect(mark(other)).not.toEqual(mark(objects))
  expect(mark(objectsOf(await renderCase('control-plane-everything')))).toEqual(mark(objects))
})

test('traffic is denied first; only those named reach the API, and only those who read metrics the worker', () => {
  const ingress = (name: string) => JSON.stringify(named('NetworkPolicy', name).spec?.['ingress'] ?? null)
  expect(named('NetworkPolicy', 'steward-default-deny').spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
  expect(ingress('steward-default-deny')).toBe('null')
  expect(ingress('steward-api')).toContain('"ingress"')
  expect(ingress('steward-worker')).toContain('"monitoring"')
  expect(ingress('steward-worker')).not.toContain('"ingress"')
  expect(ingress('steward-migration')).toBe('null')
})
