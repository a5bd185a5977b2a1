import { expect, test } from 'vitest'
import type { KubernetesObject } from './objects.ts'
import { substitute } from './substitute.ts'

const ID = '00000000-0000-7000-8000-000000000000'
const route: KubernetesObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'tenant-placeholder', labels: { 'steward.dev/tenant': ID } },
  spec: { hostnames: ['placeholder.invalid'], rules: [{ weight: 3, on: true, none: null }] },
}

test('every placeholder is replaced wherever it occurs, the longest first, and nothing else changes', () => {
  const made = substitute([route], { placeholder: 'acme', 'placeholder.invalid': 'acme.localhost', [ID]: 'tenant-1' })
  expect(made).toEqual([
    {
      ...route,
      metadata: { name: 'tenant-acme', labels: { 'steward.dev/tenant': 'tenant-1' } },
      spec: { hostnames: ['acme.localhost'], rules: [{ weight: 3, on: true, none: null }] },
    },
  ])
  expect(route.metadata.name).toBe('tenant-placeholder')
})

test('what was put in is not replaced again, and patterns mean themselves', () => {
  const made = substitute([route], { placeholder: 'placeholder.invalid$&', 'placeholder.invalid': 'placeholder' })
  expect(made[0]?.metadata.name).toBe('tenant-placeholder.invalid$&')
  expect(made[0]?.['spec']).toMatchObject({ hostnames: ['placeholder'] })
})

test('a placeholder that the chart has swallowed is refused', () => {
  expect(() => substitute([route], { 'never-there': 'x' })).toThrow(expect.objectContaining({ code: 'chart.invalid' }))
  expect(substitute([route], {})).toEqual([route])
})
