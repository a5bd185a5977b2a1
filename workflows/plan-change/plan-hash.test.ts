import { expect, test } from 'vitest'
import type { ChangePlan } from '../../control-plane/domain/change-plan.ts'
import { planHash } from './plan-hash.ts'

const resource = {
  resource: 'acme-db',
  kind: 'steward:index:PostgresCluster',
  action: 'update',
  changed: ['maxConnections'],
  replacedFor: [],
  wanted: 'a1',
  protected: true,
}
const field = { path: 'spec.replicas', before: '1', after: '2' }
const object = {
  object: 'Deployment acme/ledger',
  action: 'update',
  version: 'v1',
  digest: 'd1',
  fields: [field],
} as const
const plan: ChangePlan = {
  change: 'build',
  stack: 'acme',
  resources: [resource, { ...resource, resource: 'acme-key' }],
  engineHash: 'e1',
  serial: 's1',
  parts: [
    { part: 'key acme-key', version: 'p1' },
    { part: 'postgres-cluster acme-db', version: null },
  ],
  cluster: 'compared',
  objects: [object, { ...object, object: 'Service acme/ledger' }],
  terms: [],
  price: { fromMinor: 0, toMinor: 490_000, currency: 'EUR', quotedMinor: null },
  blast: { tenants: 0 },
  findings: [],
}

test('the order in which things were found does not matter', () => {
  const { resources, parts, objects } = plan
  const turned = {
    ...plan,
    resources: resources.toReversed(),
    parts: parts.toReversed(),
    objects: objects.toReversed(),
  }
  expect(planHash(turned)).toBe(planHash(plan))
  expect(planHash(plan)).toMatch(/^[0-9a-f]{64}$/)
})

const moved: Readonly<Record<string, Partial<ChangePlan>>> = {
  'what it does to the stack': { change: 'destroy' },
  'which stack it is': { stack: 'other' },
  'a step of the preview': { engineHash: 'e2' },
  'the value of an input': { resources: [{ ...resource, wanted: 'a2' }, ...plan.resources.slice(1)] },
  'what is protected': { resources: [{ ...resource, protected: false }, ...plan.resources.slice(1)] },
  'a resource that is left out': { resources: plan.resources.slice(1) },
  'the serial of the state': { serial: 's2' },
  'a part at the target': { parts: [{ part: 'key acme-key', version: 'p2' }, ...plan.parts.slice(1)] },
  'a part that came to be': { parts: [...plan.parts.slice(0, 1), { part: 'postgres-cluster acme-db', version: 'p1' }] },
  'a rendered manifest': { objects: [{ ...object, digest: 'd2' }, ...plan.objects.slice(1)] },
  'what becomes of a field': {
    objects: [{ ...object, fields: [{ ...field, before: '3' }] }, ...plan.objects.slice(1)],
  },
  'a live object': { objects: [{ ...object, version: 'v2' }, ...plan.objects.slice(1)] },
  'an object that is gone': { objects: plan.objects.slice(1) },
  'a cluster that answers no more': { cluster: 'unreachable' },
  'what was asked for': { terms: [{ path: 'plan', before: '"a"', after: '"b"' }] },
  'the price': { price: { ...plan.price, toMinor: 1 } },
  'whom else it touches': { blast: { tenants: 1 } },
  'what an approval has to name': { findings: [{ rule: 'protected-kind', title: '', resources: ['acme-db'] }] },
}
test.each(Object.entries(moved))('%s is part of it', (_what, change) => {
  expect(planHash({ ...plan, ...change })).not.toBe(planHash(plan))
})
test('each of these is another plan than every other', () => {
  const hashes = Object.values(moved).map((change) => planHash({ ...plan, ...change }))
  expect(new Set(hashes).size).toBe(hashes.length)
})
