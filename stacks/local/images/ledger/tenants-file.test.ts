import { expect, test } from 'vitest'
import { renderTenantsFile, type PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import { byHost, hostName, parseTenantsFile } from './tenants-file.ts'

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const acme: PublishedTenant = {
  id: id(1),
  slug: 'acme',
  hosts: ['acme.example', 'acme.localhost'],
  state: 'active',
  limits: { requestsPerSecond: 5, burst: 10, statementTimeoutMs: 1000 },
}
const globex: PublishedTenant = { ...acme, id: id(2), slug: 'globex', hosts: ['globex.localhost'], state: 'suspended' }
const file = (...tenants: unknown[]) => JSON.stringify({ unit: 'eu', revision: 3, tenants })

test('what the plane renders is what the ledger reads', () => {
  const written = { unit: 'eu', revision: 3, tenants: [acme, globex] }
  expect(parseTenantsFile(renderTenantsFile(written))).toEqual(written)
})

test('members of a newer plane are let through', () => {
  expect(parseTenantsFile(file({ ...acme, colour: 'blue' })).tenants).toHaveLength(1)
})

test.each([
  ['not JSON', '{', /JSON/],
  ['another shape', '[]', 'the file must be object'],
  ['no revision', '{"unit":"eu","tenants":[]}', "required property 'revision'"],
  ['a revision as text', '{"unit":"eu","revision":"3","tenants":[]}', '/revision must be integer'],
  ['an unknown state', file({ ...acme, state: 'gone' }), '/tenants/0/state must be equal to one of the allowed values'],
  ['an id that is none', file({ ...acme, id: 'acme' }), '/tenants/0/id must match pattern'],
  ['a host in capitals', file({ ...acme, hosts: ['ACME.localhost'] }), '/tenants/0/hosts/0 must match pattern'],
  [
    'a rate of nothing',
    file({ ...acme, limits: { ...acme.limits, requestsPerSecond: 0 } }),
    '/tenants/0/limits/requestsPerSecond must be > 0',
  ],
  [
    'a burst of nothing',
    file({ ...acme, limits: { ...acme.limits, burst: 0 } }),
    '/tenants/0/limits/burst must be >= 1',
  ],
  [
    'no statement timeout',
    file({ ...acme, limits: { requestsPerSecond: 1, burst: 1 } }),
    "required property 'statementTimeoutMs'",
  ],
  [
    'one host for two',
    file(acme, { ...globex, hosts: ['acme.localhost'] }),
    'two tenants have the host acme.localhost',
  ],
  ['one id for two', file(acme, { ...globex, id: acme.id }), `two tenants have the id ${acme.id}`],
  ['one slug for two', file(acme, { ...globex, slug: 'acme' }), 'two tenants have the slug acme'],
])('a file with %s is refused', (_what, text, message) => {
  expect(() => parseTenantsFile(text)).toThrow(message)
})

test('tenants are found by any of their hosts', () => {
  const hosts = byHost({ unit: 'eu', revision: 1, tenants: [acme, globex] })
  expect([...hosts].map(([host, { slug }]) => `${host} ${slug}`)).toEqual([
    'acme.example acme',
    'acme.localhost acme',
    'globex.localhost globex',
  ])
})

test.each([
  ['acme.localhost', 'acme.localhost'],
  ['ACME.Localhost:8080', 'acme.localhost'],
  ['acme.localhost.:80', 'acme.localhost'],
  ['[::1]:8080', '[::1]'],
  ['', ''],
  [undefined, ''],
])('Host %s means %s', (header, host) => {
  expect(hostName(header)).toBe(host)
})
