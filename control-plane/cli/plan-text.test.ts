import { expect, test } from 'vitest'
import type { ChangePlan } from '../client/generated/types.gen.ts'
import { planText } from './plan-text.ts'

const resource = { kind: 'Key', changed: [], replacedFor: [], wanted: null, protected: false }
const content: NonNullable<ChangePlan['content']> = {
  change: 'destroy',
  stack: 'acme',
  resources: [
    { ...resource, resource: 'acme-db', action: 'replace', changed: ['size'], replacedFor: ['size'], protected: true },
    { ...resource, resource: 'acme-key', action: 'delete' },
  ],
  engineHash: 'e',
  serial: 's',
  parts: [],
  cluster: 'unreachable',
  objects: Array.from({ length: 10 }, (_, n) => ({
    object: `Service a/${n}`,
    action: 'delete',
    version: 'v',
    digest: null,
    fields: [],
  })),
  terms: [],
  price: { fromMinor: 490_000, toMinor: 0, currency: 'EUR', quotedMinor: null },
  blast: { tenants: 0 },
  findings: [{ rule: 'protected-kind', title: 'Protected resources go', resources: ['acme-db'] }],
}
const plan: ChangePlan = {
  operationId: 'op-1',
  number: 2,
  state: 'ready',
  hash: 'abc',
  createdAt: '2026-11-22T09:30:00.000Z',
  madeAt: '2026-11-22T09:30:02.000Z',
  fault: null,
  content,
}

test('a plan says what goes, what it costs, whom it touches, and the words of an approval', () => {
  const lines = planText(plan).split('\n')
  expect(lines).toContain('  ± replace Key acme-db: size, replaced for size (protected)')
  expect(lines).toContain('  - delete Key acme-key')
  expect(lines).toContain('10 objects change in its cluster (its cluster does not answer, so nothing was compared)')
  expect(lines).toContain('  … and 2 more')
  expect(lines).toContain('price a month: 4900.00 EUR → 0.00 EUR')
  expect(lines).toContain('touches no other tenant')
  expect(lines).toContain('! Protected resources go (protected-kind): acme-db')
  expect(lines.at(-1)).toBe('approve (another operator): steward operations approve op-1 --plan abc --release acme-db')
})

test('what changes of an object is said field by field, and what stays is counted', () => {
  const fields = [
    { path: 'spec.replicas', before: '5', after: '2' },
    { path: 'data.password', before: '"[redacted]"', after: null },
  ]
  const objects = [
    { object: 'Deployment a/ledger', action: 'update', version: 'v', digest: 'd', fields },
    { object: 'Job a/migrate', action: 'create', version: null, digest: 'd', fields: [] },
    { object: 'Service a/ledger', action: 'keep', version: 'v', digest: 'd', fields: [] },
    {
      object: 'ConfigMap a/long',
      action: 'update',
      version: 'v',
      digest: 'd',
      fields: Array.from({ length: 9 }, (_, n) => ({
        path: `data.k${n}`,
        before: null,
        after: `"${'x'.repeat(100)}"`,
      })),
    },
  ] as const
  const text = planText({
    ...plan,
    content: { ...content, cluster: 'compared', objects: objects.map((one) => ({ ...one, fields: [...one.fields] })) },
  })
  const lines = text.split('\n')
  expect(lines).toContain('3 objects change in its cluster, 1 stays as it is (compared with its cluster)')
  expect(lines).toContain('  ~ Deployment a/ledger')
  expect(lines).toContain('      spec.replicas: 5 → 2')
  expect(lines).toContain('      data.password: "[redacted]" → nothing')
  expect(lines).toContain('  + Job a/migrate')
  expect(lines).toContain('      … and 3 more fields')
  expect(lines.find((line) => line.includes('data.k0'))?.length).toBeLessThan(100)
  expect(text).not.toContain('Service a/ledger')
})

test('what the customer was quoted stands beside what it pays, and more than that is said to be named', () => {
  const price = { fromMinor: 190_000, toMinor: 490_000, currency: 'EUR', quotedMinor: 190_000 }
  const findings = [{ rule: 'price-above-quote' as const, title: 'It costs more', resources: ['price'] }]
  const terms = [{ path: 'plan', before: '"team-dedicated"', after: '"enterprise"' }]
  const lines = planText({ ...plan, content: { ...content, change: 'update', price, findings, terms } }).split('\n')
  expect(lines).toContain('price a month: 1900.00 EUR → 4900.00 EUR (quoted: 1900.00 EUR)')
  expect(lines).toContain('  plan: "team-dedicated" → "enterprise"')
  expect(lines.at(-1)).toContain('--release price')
})

test('one that could not be made says why, and how to plan again', () => {
  const fault = { code: 'target.unreachable', message: 'The target does not answer' }
  expect(planText({ ...plan, state: 'failed', hash: null, content: null, fault })).toBe(
    'plan 2 could not be made: The target does not answer (target.unreachable)\nplan again, while it waits: steward operations plan op-1 --again',
  )
  expect(planText({ ...plan, state: 'planning', hash: null, content: null })).toBe('plan 2 is being made (planning)')
})

test('an adoption says of every object what becomes of it, and what stands against it in the place of an approval', () => {
  const adoption: typeof content = {
    ...content,
    change: 'adopt',
    resources: [{ ...resource, kind: 'Database', resource: 'acme_prod', action: 'adopt', changed: ['owner'] }],
    cluster: 'compared',
    objects: [
      {
        object: 'Namespace acme-prod',
        action: 'adopt',
        version: 'v',
        digest: 'd',
        changed: ['metadata.labels.tier'],
        fields: [],
      },
      { object: 'ResourceQuota acme-prod/instance', action: 'create', version: null, digest: 'd', fields: [] },
      ...Array.from({ length: 9 }, (_, n) => ({
        object: `ConfigMap a/${n}`,
        action: 'keep' as const,
        version: null,
        digest: null,
        fields: [],
      })),
    ],
    findings: [],
    conflicts: [],
  }
  const lines = planText({ ...plan, content: adoption }).split('\n')
  expect(lines[0]).toBe('adopt into instance acme')
  expect(lines).toContain('  = adopt Namespace acme-prod: adds metadata.labels.tier')
  expect(lines).toContain('  + create ResourceQuota acme-prod/instance')
  expect(lines).toContain('    keep ConfigMap a/8')
  expect(lines.at(-1)).toBe('approve (another operator): steward operations approve op-1 --plan abc')
  const conflicts = [{ object: 'Service acme-prod/ledger', reason: 'it belongs to the unit another' }]
  const against = planText({ ...plan, content: { ...adoption, conflicts } })
  expect(against).toContain('! Service acme-prod/ledger: it belongs to the unit another')
  expect(against).not.toContain('approve')
})
