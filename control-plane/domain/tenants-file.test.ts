import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderTenantsFile, type PublishedTenant } from './tenants-file.ts'

const limits = fc.record({ requestsPerSecond: fc.nat(), burst: fc.nat(), statementTimeoutMs: fc.nat() })
const tenant: fc.Arbitrary<PublishedTenant> = fc.record({
  id: fc.uuid(),
  slug: fc.stringMatching(/^[a-z]{3,6}$/),
  hosts: fc.uniqueArray(fc.domain(), { maxLength: 3 }),
  state: fc.constantFrom('active', 'suspended'),
  limits,
})
const tenants = fc.uniqueArray(tenant, { selector: ({ slug }) => slug, maxLength: 10 })
const backwards = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).toReversed()) as T

test('the same tenants give the same bytes in whatever order rows, hosts and members come', () => {
  const shuffled = tenants.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  )
  fc.assert(
    fc.property(shuffled, ([all, others]) => {
      const turned = others.map((one) =>
        backwards({ ...one, hosts: one.hosts.toReversed(), limits: backwards(one.limits) }),
      )
      expect(renderTenantsFile({ tenants: turned, revision: 3, unit: 'a' })).toBe(
        renderTenantsFile({ unit: 'a', revision: 3, tenants: all }),
      )
    }),
  )
})

test('what is rendered reads back as what was given', () => {
  fc.assert(
    fc.property(tenants, fc.nat(), (all, revision) => {
      const bySlug = all
        .toSorted((a, b) => (a.slug < b.slug ? -1 : 1))
        .map((one) => ({ ...one, hosts: one.hosts.toSorted() }))
      expect(JSON.parse(renderTenantsFile({ unit: 'a', revision, tenants: all }))).toEqual({
        unit: 'a',
        revision,
        tenants: bySlug,
      })
    }),
  )
})

test('another revision gives other bytes', () => {
  const at = (revision: number) => renderTenantsFile({ unit: 'a', revision, tenants: [] })
  expect(at(1)).not.toBe(at(2))
  expect(at(1)).toBe('{\n "unit": "a",\n "revision": 1,\n "tenants": []\n}\n')
})
