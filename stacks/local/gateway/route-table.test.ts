import { expect, test } from 'vitest'
import type { HttpRoute } from './gateway-types.ts'
import { nextParents, verdicts } from './route-status.ts'
import { buildTable, parentsOf } from './route-table.ts'
import { choose } from './weighted-choice.ts'

const gateway = { namespace: 'steward', name: 'steward' }
const at = (second: number) => new Date(second * 1_000).toISOString()
const route = (name: string, host: string, created: number, spec: Partial<HttpRoute['spec']> = {}): HttpRoute => ({
  metadata: { name, namespace: 'cell', uid: name, creationTimestamp: at(created), resourceVersion: '1', generation: 1 },
  spec: {
    parentRefs: [{ name: 'steward', namespace: 'steward' }],
    hostnames: [host],
    rules: [{ backendRefs: [{ name: 'ledger', port: 80 }] }],
    ...spec,
  },
})

test('the older of two routes with one host keeps it, whatever order they are seen in', () => {
  const old = route('old', 'a.example', 1)
  const young = route('young', 'A.example', 2)
  for (const order of [
    [old, young],
    [young, old],
  ]) {
    const table = buildTable(order, gateway)
    expect(table.byHost.get('a.example')?.name).toBe('cell/old')
    expect(table.refused.get('cell/young')).toMatchObject({ reason: 'HostnameConflict' })
  }
  expect(buildTable([young], gateway).byHost.get('a.example')?.name).toBe('cell/young')
})

test('of two routes of one age the first by name keeps the host', () => {
  const table = buildTable([route('b', 'x.example', 1), route('a', 'x.example', 1)], gateway)
  expect(table.byHost.get('x.example')?.name).toBe('cell/a')
})

test('a route of another gateway takes no host', () => {
  const other = route('other', 'a.example', 1, { parentRefs: [{ name: 'else', namespace: 'steward' }] })
  expect(parentsOf(other, gateway)).toEqual([])
  expect(buildTable([other, route('ours', 'a.example', 2)], gateway).byHost.get('a.example')?.name).toBe('cell/ours')
})

test.each([
  ['a wildcard host', { hostnames: ['*.example'] }],
  ['a path match', { rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/v2' } }], backendRefs: [] }] }],
  ['a filter', { rules: [{ filters: [{}], backendRefs: [] }] }],
  ['two rules', { rules: [{}, {}] }],
])('%s is refused, not served differently', (_what, spec) => {
  const table = buildTable([route('r', 'a.example', 1, spec)], gateway)
  expect(table.byHost.size).toBe(0)
  expect(table.refused.get('cell/r')).toMatchObject({ reason: 'UnsupportedValue' })
})

test('the match that the API server fills in counts as no match', () => {
  const rules = [
    { matches: [{ path: { type: 'PathPrefix', value: '/' } }], backendRefs: [{ name: 'ledger', port: 80 }] },
  ]
  expect(buildTable([route('r', 'a.example', 1, { rules })], gateway).refused.size).toBe(0)
})

test('weights reach the choice, and an unrelated change does not restart it', () => {
  const backendRefs = [
    { name: 'stable', port: 80, weight: 3 },
    { name: 'canary', port: 80, weight: 1 },
  ]
  const first = buildTable([route('r', 'a.example', 1, { rules: [{ backendRefs }] })], gateway)
  const backends = first.byHost.get('a.example')?.backends ?? []
  choose(backends)
  choose(backends)
  const again = buildTable(
    [route('r', 'a.example', 1, { rules: [{ backendRefs }] }), route('s', 'b.example', 2)],
    gateway,
    first,
  )
  expect(choose(again.byHost.get('a.example')?.backends ?? [])).toEqual({ service: 'cell/canary', port: 80 })
})

test('a backend in another namespace is refused and said so', () => {
  const foreign = route('r', 'a.example', 1, {
    rules: [{ backendRefs: [{ name: 'ledger', namespace: 'other', port: 80 }] }],
  })
  expect(buildTable([foreign], gateway).byHost.get('a.example')?.backends[0]?.value.service).toBe('')
  expect(verdicts(foreign, undefined, () => true)[1]).toMatchObject({
    type: 'ResolvedRefs',
    status: 'False',
    reason: 'RefNotPermitted',
  })
})

test('a status is written once, and again only when it changes', () => {
  const plain = route('r', 'a.example', 1)
  const wanted = verdicts(plain, undefined, () => true)
  const parents = nextParents(plain, gateway, wanted, at(5))
  expect(parents?.[0]?.conditions.map(({ type, status }) => [type, status])).toEqual([
    ['Accepted', 'True'],
    ['ResolvedRefs', 'True'],
  ])
  const told: HttpRoute = { ...plain, status: { parents: parents ?? [] } }
  expect(nextParents(told, gateway, wanted, at(6))).toBeNull()
  const missing = nextParents(
    told,
    gateway,
    verdicts(plain, undefined, () => false),
    at(7),
  )
  expect(missing?.[0]?.conditions[1]).toMatchObject({
    status: 'False',
    reason: 'BackendNotFound',
    lastTransitionTime: at(7),
  })
  expect(missing?.[0]?.conditions[0]).toMatchObject({ lastTransitionTime: at(5) })
})
