import { expect, test } from 'vitest'
import { startOrder } from '../daemon/order.ts'
import { credentialPaths } from '../credentials/paths.ts'
import { networkOf } from '../containers/network.ts'
import { homePaths } from '../home.ts'
import { portsFrom } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { CLUSTER_ROLES } from './cluster-roles.ts'
import { defineServers, leftOut, select, SERVER_NAMES } from './define-servers.ts'
import { readOutside } from './outside.ts'
import { installCommand, parsePostgresMajor } from './postgres-binaries.ts'
import { databaseSettings, renderSettings } from './postgres-settings.ts'
import { environment } from './programs.ts'
import { prometheusConfig } from './prometheus.ts'
import { regionOf } from './region.ts'

const silent = () => undefined
const context: EstateContext = {
  paths: homePaths('/home/estate'),
  record: { layout: 1, id: 'id', portBase: 7400, throwAway: false, createdAt: '2026-01-01T00:00:00Z' },
  ports: portsFrom(7400),
  credentials: credentialPaths('/home/estate/credentials'),
  toolchain: { tool: async (name) => `/tools/${name}`, folder: async () => '/tools' },
  images: ['/images'],
  root: '/root',
  cache: '/cache',
  outside: {},
  containers: undefined,
  databaseAccount: undefined,
  podAccount: undefined,
  env: { PATH: '/bin' },
  log: { debug: silent, info: silent, warn: silent, error: silent },
}
const inner = ['node', 'gateway', 'edge'].map((name) => ({
  kind: 'inner' as const,
  name,
  needs: [],
  start: async () => ({ stop: async () => undefined }),
}))
const all = [...defineServers(context), ...inner]

const TENANT_BOUND = ['steward-tenant-admin', 'steward-tenant-viewer']

test('every server has a known name and needs only what there is', () => {
  expect(all.map(({ name }) => name).toSorted()).toEqual([...SERVER_NAMES].toSorted())
  expect(startOrder(all)).toHaveLength(SERVER_NAMES.length)
})

test.each([
  [['api']],
  [['api', 'worker']],
  [['prometheus', 'temporal']],
  [['node', 'gateway', 'edge', 'worker']],
  [['plane-db', 'plane-roles']],
])('without %s the rest can still be ordered', (without) => {
  const rest = select(all, leftOut(without, {}))
  expect(startOrder(rest)).toEqual(expect.not.arrayContaining(without))
})

test('a part that does not exist cannot be left out', () => {
  expect(() => leftOut(['kubelet'], {})).toThrow(expect.objectContaining({ code: 'configuration.invalid' }))
})

test('parts that somebody else runs are not started, and their address is used', () => {
  const outside = readOutside({
    DATABASE_URL: 'postgres://a',
    DATABASE_WORKER_URL_FILE: '/b',
    DATABASE_OWNER_URL: 'postgres://c',
    TEMPORAL_ADDRESS: 'temporal:7233',
    KUBECONFIG: '/kube/config',
    STEWARD_GATEWAY_URL: 'http://gateway',
    PROMETHEUS_URL: 'http://prometheus',
  })
  const names = startOrder(select(all, leftOut([], outside)))
  expect(names.toSorted()).toEqual([
    'api',
    'edge',
    'ensure-token',
    'migrate',
    'products-db',
    'products-roles',
    'stack-engine',
    'worker',
  ])
  const { settings } = regionOf({ ...context, outside })
  expect(settings).toMatchObject({
    kubeconfig: '/kube/config',
    sweepKubeconfig: '/kube/config',
    accessKubeconfig: null,
    gatewayUrl: 'http://gateway',
    prometheusUrl: 'http://prometheus',
    podNetwork: null,
  })
})

test('a virtual network is offered where pods run in containers and the kernel shows their frames, and nowhere else', () => {
  const network = networkOf({ id: 'abcdef', network: 7 })
  if (!network) throw new Error('it has a number')
  const containers = { network, tools: { containerd: '/c', plugins: '/p' }, policies: true }
  const facets = (more: Partial<EstateContext>) => regionOf({ ...context, ...more }).settings.facets
  expect(facets({ containers })).toEqual(['namespace', 'database', 'network'])
  expect(facets({})).toEqual(['namespace', 'database'])
  expect(facets({ containers: { ...containers, policies: false } })).toEqual(['namespace', 'database'])
  const outside = readOutside({ KUBECONFIG: '/k', STEWARD_GATEWAY_URL: 'http://gateway' })
  expect(facets({ containers, outside })).toEqual(['namespace', 'database'])
  // and what measures it is there with it
  expect(regionOf({ ...context, containers }).settings.probeImage).toBe('probe:1')
  expect(regionOf(context).settings.probeImage).toBeNull()
})

test('outside parts that are only half configured are refused, all at once', () => {
  expect(() => readOutside({ DATABASE_URL: 'postgres://a', KUBECONFIG: '/k' })).toThrow(
    /DATABASE_WORKER_URL and DATABASE_OWNER_URL.*; KUBECONFIG is set, so STEWARD_GATEWAY_URL/,
  )
  expect(readOutside({})).toEqual({})
})

test('a program gets its own database login and no other, and none of the estate\u2019s settings', () => {
  const env = {
    PATH: '/bin',
    STEWARD_HOME: '/h',
    STEWARD_LOG_LEVEL: 'debug',
    DATABASE_OWNER_URL: 'postgres://stray',
    STEWARD_PORT: '1',
  }
  const worker = environment({ ...context, env }, 'plane-worker')
  expect(worker).toMatchObject({
    PATH: '/bin',
    STEWARD_LOG_LEVEL: 'debug',
    STEWARD_PORT: '7400',
    DATABASE_WORKER_URL_FILE: '/home/estate/credentials/plane-worker.url',
  })
  expect(Object.keys(worker).filter((name) => name.startsWith('DATABASE_'))).toEqual(['DATABASE_WORKER_URL_FILE'])
  expect(worker['STEWARD_HOME']).toBeUndefined()
  const outside = readOutside({
    DATABASE_URL: 'postgres://a',
    DATABASE_WORKER_URL: 'postgres://b',
    DATABASE_OWNER_URL: 'postgres://c',
  })
  const api = environment(
    { ...context, outside, env: { DATABASE_URL: 'postgres://a', DATABASE_WORKER_URL: 'postgres://b' } },
    'plane-operator',
  )
  expect(Object.entries(api).filter(([name]) => name.startsWith('DATABASE_'))).toEqual([
    ['DATABASE_URL', 'postgres://a'],
  ])
})

test('links of an estate lead to its own port unless another address is configured', () => {
  const address = (env: Record<string, string>) =>
    environment({ ...context, env }, 'plane-operator')['STEWARD_PUBLIC_URL']
  expect(address({})).toBe('http://127.0.0.1:7400')
  expect(address({ STEWARD_PUBLIC_URL: 'https://steward.example' })).toBe('https://steward.example')
  expect(address({ STEWARD_PUBLIC_URL_FILE: '/theirs' })).toBeUndefined()
})

test('the estate seals signing keys with its own key unless another one is configured', () => {
  const sealing = (env: Record<string, string>) =>
    Object.entries(environment({ ...context, env }, 'plane-operator')).filter(([name]) => name.includes('SEALING'))
  expect(sealing({})).toEqual([['STEWARD_SEALING_KEY_FILE', '/home/estate/credentials/sealing.key']])
  expect(sealing({ STEWARD_SEALING_KEY: 'theirs' })).toEqual([['STEWARD_SEALING_KEY', 'theirs']])
  expect(sealing({ STEWARD_SEALING_KEY_FILE: '/theirs' })).toEqual([['STEWARD_SEALING_KEY_FILE', '/theirs']])
})

test('servers listen on loopback only', async () => {
  const commands = await Promise.all(
    all.flatMap((server) =>
      server.kind === 'process' &&
      ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'temporal'].includes(server.name)
        ? [server.command(new AbortController().signal)]
        : [],
    ),
  )
  expect(commands).toHaveLength(5)
  for (const { args } of commands)
    expect(args.join(' ')).toMatch(/(bind-address=|ip=|listen-client-urls=https:\/\/)127\.0\.0\.1/)
  expect(renderSettings(databaseSettings({ port: 1, throwAway: false, maxConnections: 10 }))).toContain(
    "listen_addresses = '127.0.0.1'",
  )
})

test('only a throw-away database goes without fsync', () => {
  expect(renderSettings(databaseSettings({ port: 1, throwAway: false, maxConnections: 10 }))).not.toContain('fsync')
  expect(renderSettings(databaseSettings({ port: 1, throwAway: true, maxConnections: 10 }))).toContain('fsync = off')
})

test('the Prometheus configuration names token files, not tokens', () => {
  expect(prometheusConfig(context)).toContain('credentials_file: /home/estate/credentials/discovery.token')
})

test('no credential but the estate\u2019s own may write roles or read beyond its work', () => {
  const { worker, sweep, gateway, policies } = CLUSTER_ROLES
  const groups = [...worker, ...gateway].flatMap(({ apiGroups }) => apiGroups)
  expect(groups).not.toContain('*')
  // of roles no more than giving a tenant's accounts the two that were made for it
  const ofRoles = [...worker, ...gateway].filter(({ apiGroups }) => apiGroups.includes('rbac.authorization.k8s.io'))
  expect(ofRoles).toEqual([
    expect.objectContaining({ resources: ['rolebindings'] }),
    expect.objectContaining({ resources: ['clusterroles'], verbs: ['bind'], resourceNames: TENANT_BOUND }),
  ])
  expect(sweep.flatMap(({ verbs }) => verbs)).toEqual(['get', 'list'])
  expect(gateway.flatMap(({ resources }) => resources)).not.toContain('secrets')
  expect(policies.flatMap(({ resources, verbs }) => [...resources, ...verbs]).toSorted()).toEqual([
    'list',
    'list',
    'namespaces',
    'networkpolicies',
    'pods',
    'watch',
    'watch',
  ])
})

test.each([
  ['ID=debian\nVERSION_ID="12"', 'sudo apt-get install -y postgresql'],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'sudo apt-get install -y postgresql'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install -y postgresql-server'],
  [
    'ID=nixos',
    'install PostgreSQL 15 or newer with its server programs (initdb, postgres, pg_dump, pg_restore, pg_basebackup, pg_controldata)',
  ],
])('on %j PostgreSQL is installed with: %s', (release, command) => {
  expect(installCommand(release)).toBe(command)
})

test('the major version of PostgreSQL is read from its own words', () => {
  expect(parsePostgresMajor('postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)')).toBe(15)
  expect(parsePostgresMajor('something else')).toBe(0)
})
