import { describe, expect, test } from 'vitest'
import { type CaseName, merge, render, renderCase, CASES } from './render.ts'

/** A bad value, and how the refusal names its place and rule. */
const REFUSED: readonly (readonly [CaseName, string, Record<string, unknown>, string])[] = [
  ['cell', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  [
    'cell',
    'an unknown member of the unit',
    { unit: { tenant: 'x' } },
    "at '/unit': additional properties 'tenant' not allowed",
  ],
  ['cell', 'a unit id that is none', { unit: { id: 'eu-1' } }, "at '/unit/id': 'eu-1' does not match pattern"],
  ['cell', 'a unit name in capitals', { unit: { name: 'EU-1' } }, "at '/unit/name': 'EU-1' does not match pattern"],
  ['cell', 'no namespace', { namespace: '' }, "at '/namespace': '' does not match pattern"],
  ['cell', 'a namespace too long', { namespace: 'x'.repeat(64) }, "at '/namespace': maxLength: got 64, want 63"],
  ['cell', 'pods as text', { capacity: { pods: '12' } }, "at '/capacity/pods': got string, want integer"],
  ['cell', 'too few pods to roll', { capacity: { pods: 3 } }, "at '/capacity/pods': minimum: got 3, want 4"],
  [
    'cell',
    'a port beyond all',
    { database: { port: 70_000 } },
    "at '/database/port': maximum: got 70,000, want 65,535",
  ],
  [
    'cell',
    'a plane without namespace',
    { plane: { namespace: '' } },
    "at '/plane/namespace': '' does not match pattern",
  ],
  ['alerts', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  ['alerts', 'runbooks nowhere', { runbooks: 'runbooks' }, "at '/runbooks': 'runbooks' does not match pattern"],
  ['control-plane', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  [
    'control-plane',
    'an image by its tag',
    { image: { digest: 'latest' } },
    "at '/image/digest': 'latest' does not match pattern",
  ],
  [
    'control-plane',
    'a bucket for states without its region',
    { stacks: { bucket: { name: 'acme-stacks' }, passphraseSecret: 'words' } },
    "missing property 'region'",
  ],
  [
    'control-plane',
    'a credential in the address of a bucket',
    { region: { exportBucket: { name: 'acme', region: 'eu-1', endpoint: 'https://me:secret@objects.example.com' } } },
    "at '/region/exportBucket/endpoint'",
  ],
  ['control-plane', 'no replica', { api: { replicas: 0 } }, "at '/api/replicas': minimum: got 0, want 1"],
  [
    'control-plane',
    'a password among the values',
    { database: { url: 'postgres://me:secret@db/steward' } },
    "at '/database': additional properties 'url' not allowed",
  ],
  [
    'control-plane',
    'a secret as a setting',
    { settings: { OIDC_CLIENT_SECRET: 'x' } },
    "propertyName 'OIDC_CLIENT_SECRET'",
  ],
  ['control-plane', 'a proxy by name', { api: { trustedProxies: ['loopback'] } }, "at '/api/trustedProxies/0'"],
  ['control-plane', 'a setting in small letters', { settings: { colour: 'x' } }, "at '/settings'"],
  [
    'control-plane',
    'a login inside an address',
    { region: { prometheusUrl: 'http://me:secret@prometheus:9090' } },
    "at '/region/prometheusUrl'",
  ],
  [
    'control-plane',
    'Temporal without its port',
    { temporal: { address: 'temporal' } },
    "at '/temporal/address': 'temporal' does not match pattern",
  ],
  [
    'control-plane',
    'a port beyond all',
    { network: { ports: { temporal: 70_000 } } },
    "at '/network/ports/temporal': maximum: got 70,000, want 65,535",
  ],
  ['cluster-guardrails', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  ['cluster-guardrails', 'images from anywhere', { images: [] }, "at '/images': minItems: got 0, want 1"],
  [
    'cluster-guardrails',
    'an image with a tag',
    { images: ['ledger:1.0.0/x y'] },
    "at '/images/0': 'ledger:1.0.0/x y' does not match pattern",
  ],
  [
    'cluster-guardrails',
    'a group that ends the expression',
    { exempt: { groups: ['x"] || true || ["'] } },
    "at '/exempt/groups/0': 'x\"] || true || [\"' does not match pattern",
  ],
  ['instance', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  [
    'instance',
    'a count nobody knows',
    { quota: { routes: 3 } },
    "at '/quota': additional properties 'routes' not allowed",
  ],
  [
    'instance',
    'a tenant id that is none',
    { tenant: { id: 'acme' } },
    "at '/tenant/id': 'acme' does not match pattern",
  ],
  ['instance', 'no host', { tenant: { hosts: [] } }, "at '/tenant/hosts': minItems: got 0, want 1"],
  [
    'instance',
    'every host at once',
    { tenant: { hosts: ['*.localhost'] } },
    "at '/tenant/hosts/0': '*.localhost' does not match pattern",
  ],
  [
    'instance',
    'two hosts smuggled into one',
    { tenant: { hosts: ['acme.localhost,bolt.localhost'] } },
    "at '/tenant/hosts/0': 'acme.localhost,bolt.localhost' does not match pattern",
  ],
  ['instance', 'a quota of nothing', { quota: { pods: 0 } }, "at '/quota/pods': minimum: got 0, want 4"],
  [
    'instance',
    'half a processor of half a kind',
    { container: { limits: { cpuMillis: 0.5 } } },
    "at '/container/limits/cpuMillis': got number, want integer",
  ],
  ['instance', 'no namespace', { namespace: '' }, "at '/namespace': '' does not match pattern"],
  ['ledger-workload', 'an unknown member', { colour: 'blue' }, "additional properties 'colour' not allowed"],
  [
    'ledger-workload',
    'an unknown component',
    { component: 'cache' },
    "at '/component': value must be one of 'workload', 'migration', 'route'",
  ],
  [
    'ledger-workload',
    'an unknown tenancy',
    { tenancy: { mode: 'solo' } },
    "at '/tenancy/mode': value must be one of 'pool', 'silo'",
  ],
  ['ledger-workload', 'no version', { stable: { version: '' } }, "at '/stable/version': '' does not match pattern"],
  [
    'ledger-workload',
    'a version that is a shell',
    { stable: { version: '1.0.0;id' } },
    "at '/stable/version': '1.0.0;id' does not match pattern",
  ],
  ['ledger-workload', 'a canary version that is none', { canary: { version: '-' } }, "at '/canary/version'"],
  [
    'ledger-workload',
    'a repository with a tag',
    { image: { repository: 'Ledger:1' } },
    "at '/image/repository': 'Ledger:1' does not match pattern",
  ],
  ['ledger-workload', 'no replicas', { replicas: 0 }, "at '/replicas': minimum: got 0, want 1"],
  ['ledger-workload', 'half a replica', { replicas: 1.5 }, "at '/replicas': got number, want integer"],
  [
    'ledger-workload',
    'a weight above all',
    { stable: { weight: 101 } },
    "at '/stable/weight': maximum: got 101, want 100",
  ],
  [
    'ledger-workload',
    'a secret with a path',
    { database: { secret: '../x' } },
    "at '/database/secret': '../x' does not match pattern",
  ],
  [
    'ledger-workload',
    'a secret in the values',
    { database: { url: 'postgres://' } },
    "at '/database': additional properties 'url' not allowed",
  ],
  [
    'ledger-workload',
    'no tenants file',
    { tenants: { configMap: '' } },
    "at '/tenants/configMap': '' does not match pattern",
  ],
  [
    'ledger-migration',
    'an unknown phase',
    { migration: { phase: 'shrink' } },
    "at '/migration/phase': value must be one of 'expand', 'contract'",
  ],
  [
    'ledger-migration',
    'no name for the Job',
    { migration: { name: '' } },
    "at '/migration/name': '' does not match pattern",
  ],
  [
    'ledger-route',
    'no tenant',
    { tenant: { id: '', slug: '', host: '' } },
    "at '/tenant/id': '' does not match pattern",
  ],
  ['ledger-route', 'a slug with a dot', { tenant: { slug: 'a.b' } }, "at '/tenant/slug': 'a.b' does not match pattern"],
  [
    'ledger-route',
    'a wildcard host',
    { tenant: { host: '*.localhost' } },
    "at '/tenant/host': '*.localhost' does not match pattern",
  ],
  [
    'ledger-route',
    'a host with a port',
    { tenant: { host: 'acme.localhost:80' } },
    "at '/tenant/host': 'acme.localhost:80' does not match pattern",
  ],
  [
    'ledger-route',
    'traffic for a canary that is not there',
    { canary: { weight: 10 } },
    "at '/canary/weight': value must be 0",
  ],
  ['ledger-route', 'traffic for nobody', { stable: { weight: 0 } }, "at '/stable/weight': minimum: got 0, want 1"],
  ['ledger-route', 'no gateway', { gateway: { name: '' } }, "at '/gateway/name': '' does not match pattern"],
]

describe('the schema refuses', () => {
  test.each(REFUSED)('%s with %s, by name', async (name, _what, change, message) => {
    await expect(renderCase(name, change)).rejects.toThrow(message)
  })

  test.each(['cell', 'instance', 'ledger'] as const)('%s without any values', async (chart) => {
    await expect(render(chart, {})).rejects.toThrow("at '/unit/id'")
  })

  test('control-plane without any values', async () => {
    await expect(render('control-plane', {})).rejects.toThrow("at '/image/digest'")
  })

  test.each(['unit', 'stable', 'tenants'])('ledger with %s taken away', async (member) => {
    await expect(render('ledger', merge(CASES['ledger-workload'].values, { [member]: null }))).rejects.toThrow(
      `'${member}'`,
    )
  })
})

test('the same values without the fault are accepted', async () => {
  await renderCase('ledger-route-canary', { stable: { weight: 0 }, canary: { weight: 100 } })
  await renderCase('cell', { capacity: { pods: 4 }, database: { port: 7411 } })
  await renderCase('instance', { tenant: { hosts: ['acme.localhost', 'acme.example'] }, quota: { pods: 4 } })
})
