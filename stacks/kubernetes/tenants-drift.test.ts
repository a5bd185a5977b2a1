import { expect, test } from 'vitest'
import { renderTenantsFile, type TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { tenantsDifferences } from './tenants-drift.ts'

const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'cell-a', name: 'tenants' }
const limits = { requestsPerSecond: 20, burst: 40, statementTimeoutMs: 5000 }
const tenant = (slug: string) => ({
  id: `id-${slug}`,
  slug,
  hosts: [`${slug}.localhost`],
  state: 'active' as const,
  limits,
})
const file: TenantsFile = { unit: 'a', revision: 7, tenants: [tenant('acme'), tenant('globex')] }
const text = renderTenantsFile(file)
const paths = (found: string | undefined) =>
  tenantsDifferences(ref, found, file).map(({ path, wanted, found: is, tenantId }) => [path, wanted, is, tenantId])

test('the same file is the same, however it is written down', () => {
  expect(paths(text)).toEqual([])
  expect(paths(JSON.stringify(JSON.parse(text)))).toEqual([])
})

test('what was changed is told to the tenant whose it is', () => {
  const changed = { ...file, tenants: [{ ...tenant('acme'), limits: { ...limits, burst: 9000 } }, tenant('globex')] }
  expect(tenantsDifferences(ref, renderTenantsFile(changed), file)).toEqual([
    {
      what: 'changed',
      object: 'ConfigMap cell-a/tenants',
      tenantId: 'id-acme',
      path: 'data["tenants.json"].tenants[acme].limits.burst',
      wanted: '40',
      found: '9000',
    },
  ])
})

test('a tenant too few, a tenant too many and another revision', () => {
  const [missing] = paths(renderTenantsFile({ ...file, tenants: [tenant('acme')] }))
  expect(missing).toMatchObject([
    'data["tenants.json"].tenants[globex]',
    expect.stringContaining('id-globex'),
    null,
    'id-globex',
  ])
  const [stranger] = paths(renderTenantsFile({ ...file, tenants: [...file.tenants, tenant('intruder')] }))
  expect(stranger).toMatchObject([
    'data["tenants.json"].tenants[intruder]',
    null,
    expect.stringContaining('intruder'),
    null,
  ])
  expect(paths(renderTenantsFile({ ...file, revision: 9 }))).toEqual([
    ['data["tenants.json"].revision', '7', '9', null],
  ])
})

test.each([undefined, '', 'not json', '[]', 'null'])('no file at all (%s) is one difference', (found) => {
  expect(paths(found)).toHaveLength(1)
})

test('entries that are none break nothing', () => {
  expect(paths(JSON.stringify({ ...file, tenants: [null, 7, {}] })).length).toBeGreaterThan(2)
  expect(paths(JSON.stringify({ ...file, tenants: 'all' }))).toHaveLength(2)
})
