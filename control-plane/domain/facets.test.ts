import { expect, test } from 'vitest'
import { type Facet, grantFacets, sameFacets } from './facets.ts'

const all: readonly Facet[] = ['namespace', 'database', 'network']

test.each<[readonly Facet[] | null, readonly Facet[], object]>([
  [null, all, { verdict: 'granted', facets: all }],
  [null, ['database', 'namespace'], { verdict: 'granted', facets: ['namespace', 'database'] }],
  [['namespace', 'database'], all, { verdict: 'granted', facets: ['namespace', 'database'] }],
  [all, ['namespace', 'database'], { verdict: 'refused', code: 'plan.facet-unenforceable', facet: 'network' }],
  [null, [], { verdict: 'refused', code: 'plan.facet-unenforceable', facet: 'namespace' }],
  [null, ['namespace'], { verdict: 'refused', code: 'plan.facet-unenforceable', facet: 'database' }],
  [['namespace'], all, { verdict: 'refused', code: 'plan.facet-required', facet: 'database' }],
  [['database'], all, { verdict: 'refused', code: 'plan.facet-required', facet: 'namespace' }],
  [[], all, { verdict: 'refused', code: 'plan.facet-required', facet: 'namespace' }],
])('a plan with %j in a region that enforces %j', (chosen, enforced, grant) => {
  expect(grantFacets(chosen, enforced)).toEqual(grant)
})

test('facets are compared as sets', () => {
  expect(sameFacets(['database', 'namespace'], ['namespace', 'database'])).toBe(true)
  expect(sameFacets(['namespace', 'database'], all)).toBe(false)
})
