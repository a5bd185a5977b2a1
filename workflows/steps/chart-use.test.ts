import { expect, test } from 'vitest'
import { forTenant, migrationName, routeChart } from './chart-use.ts'

const unit = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
  kind: 'cell' as const,
  name: 'north',
  product: 'ledger',
  chart: 'ledger',
  image: 'ledger',
  version: '1.0.0',
}
const tenant = { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01', slug: 'acme', host: 'acme.localhost' }

test('a render for the placeholder becomes the tenant’s, wherever its names are', () => {
  const { values } = routeChart(unit)
  expect(forTenant(values, tenant)).toEqual({ ...values, tenant })
  const object = {
    name: 'tenant-placeholder',
    hosts: ['placeholder.invalid'],
    labels: { id: '00000000-0000-7000-8000-000000000000' },
  }
  expect(forTenant(object, tenant)).toEqual({
    name: 'tenant-acme',
    hosts: ['acme.localhost'],
    labels: { id: tenant.id },
  })
})

test('a slug that holds the placeholder is put in once', () => {
  const strange = { ...tenant, slug: 'my-placeholder', host: 'my-placeholder.localhost' }
  expect(forTenant(['placeholder.invalid', 'tenant-placeholder'], strange)).toEqual([
    'my-placeholder.localhost',
    'tenant-my-placeholder',
  ])
})

test('names of Jobs are labels whatever the version looks like', () => {
  expect(migrationName({ ...unit, version: '1.0.0-Rc_1' })).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$/)
})
