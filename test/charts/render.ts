import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'

const run = promisify(execFile)
export const CHARTS = path.resolve(import.meta.dirname, '../../charts')

/** What the tests look at of a rendered object. */
export type Rendered = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  [more: string]: unknown
}

/** Helm as configured, else as the toolchain built it, else from PATH. */
export async function helm(): Promise<string> {
  const configured = process.env['STEWARD_HELM']
  if (configured) return configured
  const cache =
    process.env['STEWARD_CACHE'] ??
    path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'steward')
  const parts = await readdir(path.join(cache, 'toolchain')).catch(() => [])
  const built = parts
    .filter((name) => name.startsWith('helm-'))
    .map((name) => path.join(cache, 'toolchain', name, 'bin/helm'))
  return built.find((file) => existsSync(file)) ?? 'helm'
}

export type Chart = 'alerts' | 'cell' | 'cluster-guardrails' | 'control-plane' | 'instance' | 'ledger'

/** Renders as the plane does. Rejects with what helm says when the values break the schema. */
export async function render(chart: Chart, values: object, release = 'test'): Promise<string> {
  const fixed = ['--kube-version', '1.35.4', '--api-versions', 'gateway.networking.k8s.io/v1/HTTPRoute']
  const running = run(await helm(), ['template', release, path.join(CHARTS, chart), ...fixed, '--values', '-'])
  running.child.stdin?.end(JSON.stringify(values))
  return (await running).stdout
}

export const objectsOf = (text: string): Rendered[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Rendered) // what helm prints for our charts

/** Values that overwrite others, member by member. */
export function merge(
  base: Readonly<Record<string, unknown>>,
  change: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(change)) {
    const old = base[key]
    merged[key] = isMap(value) && isMap(old) ? merge(old, value) : value
  }
  return merged
}

const unit = { id: '01900000-0000-7000-8000-000000000001', name: 'eu-1' }
const acme = { id: '01900000-0000-7000-8000-000000000002', name: 'acme' }
const TENANT_ID = '01900000-0000-7000-8000-0000000000aa'
const canary = { stable: { version: '1.0.0', weight: 90 }, canary: { version: '1.1.0', weight: 10 } }
const ledger = {
  unit,
  namespace: 'cell-eu-1',
  tenancy: { mode: 'pool' },
  image: { repository: 'ledger' },
  stable: { version: '1.0.0', weight: 100 },
  canary: { version: '', weight: 0 },
}
const tenant = { id: '00000000-0000-7000-8000-000000000000', slug: 'placeholder', host: 'placeholder.invalid' }
const workload = {
  ...ledger,
  component: 'workload',
  replicas: 2,
  database: { secret: 'database' },
  tenants: { configMap: 'tenants' },
}
const route = { ...ledger, component: 'route', gateway: { name: 'steward', namespace: 'steward' }, tenant }

const controlPlane = {
  namespace: 'steward',
  image: { repository: 'registry.example/steward', digest: `sha256:${'a1'.repeat(32)}` },
  temporal: { address: 'temporal.temporal:7233' },
  region: {
    name: 'eu-1',
    domain: 'example.com',
    gatewayUrl: 'http://gateway.steward',
    edgeUrl: 'http://edge.steward',
    edgeAdminUrl: 'http://edge-admin.steward:8081',
    prometheusUrl: 'http://prometheus.monitoring:9090',
  },
  network: { clients: ['ingress'], scrapers: ['monitoring'] },
}
const everything = {
  ...controlPlane,
  api: { replicas: 2, trustedProxies: ['10.1.0.0/16', 'fd00::7'] },
  credentials: ['region-eu-2'],
  region: {
    ...controlPlane.region,
    tenantAccess: { server: 'https://kubernetes.example.com', certificateAuthority: null },
    exportBucket: { name: 'acme-exports', region: 'eu-central-1' },
  },
  stacks: {
    bucket: {
      name: 'acme-stacks',
      region: 'eu-central-1',
      prefix: 'production',
      endpoint: 'https://objects.example.com:9000',
      kmsKeyId: 'alias/stacks',
    },
    passphraseSecret: 'stack-passphrase',
  },
  buckets: { secret: 'exports', workerSecret: 'buckets' },
  telemetry: { endpoint: 'http://collector.monitoring:4318', headersSecret: 'collector' },
  settings: { STEWARD_CHARTS: '/opt/charts' },
  secretSettings: { STEWARD_EXAMPLE_SECRET: { secret: 'example', key: 'secret' } },
}

/** One case per shape that is rendered. */
export const CASES = {
  alerts: {
    chart: 'alerts',
    values: { namespace: 'monitoring', labels: { role: 'rules' }, runbooks: 'https://docs.example/runbooks' },
  },
  cell: { chart: 'cell', values: { unit, namespace: 'cell-eu-1', capacity: { pods: 12 } } },
  'control-plane': { chart: 'control-plane', values: controlPlane },
  'control-plane-everything': { chart: 'control-plane', values: everything },
  'cluster-guardrails': { chart: 'cluster-guardrails', values: { images: ['ledger', 'registry.example/team/'] } },
  instance: {
    chart: 'instance',
    values: { unit: acme, namespace: 'tenant-acme', tenant: { id: TENANT_ID, hosts: ['acme.localhost'] } },
  },
  'ledger-workload': { chart: 'ledger', values: workload },
  'ledger-workload-canary': { chart: 'ledger', values: { ...workload, ...canary } },
  'ledger-migration': {
    chart: 'ledger',
    values: { ...ledger, component: 'migration', migration: { phase: 'expand', name: 'migrate-1-0-0-expand' } },
  },
  'ledger-route': { chart: 'ledger', values: route },
  'ledger-route-canary': { chart: 'ledger', values: { ...route, ...canary } },
} as const satisfies Record<string, { chart: Chart; values: Record<string, unknown> }>
export type CaseName = keyof typeof CASES
export const CASE_NAMES = Object.keys(CASES) as CaseName[] // keys of a literal
/** Those of units, which the plane renders and applies itself. */
export const UNIT_CASES = CASE_NAMES.filter((name): name is UnitCase => 'unit' in CASES[name].values)
export type UnitCase = Exclude<CaseName, 'alerts' | 'cluster-guardrails' | `control-plane${string}`>
export const renderCase = (name: CaseName, change: Record<string, unknown> = {}): Promise<string> =>
  render(CASES[name].chart, merge(CASES[name].values, change))
