import { expect, test } from 'vitest'
import { containerSizes } from './container-sizes.ts'

const pods = (kind: string, ...resources: (object | undefined)[]) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x' },
  spec: { template: { spec: { containers: resources.map((one) => (one ? { resources: one } : {})) } } },
})
const small = {
  requests: { cpu: '20m', memory: '64Mi', 'ephemeral-storage': '16Mi' },
  limits: { cpu: 0.5, memory: '128Mi', 'ephemeral-storage': '64Mi' },
}
const large = {
  requests: { cpu: '10m', memory: '1Gi', 'ephemeral-storage': '16Mi' },
  limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '64Mi' },
}

test('sizes are those of the largest container, part by part, of pods that serve and of pods that migrate', () => {
  expect(containerSizes([pods('Deployment', small), pods('Job', large), pods('Service')])).toEqual({
    requests: { cpuMillis: 20, memoryMi: 1024, ephemeralStorageMi: 16 },
    limits: { cpuMillis: 2000, memoryMi: 2048, ephemeralStorageMi: 64 },
  })
})

test('a container that states nothing gets the usual sizes, and none is larger for it than one that states more', () => {
  const usual = {
    requests: { cpuMillis: 50, memoryMi: 96, ephemeralStorageMi: 32 },
    limits: { cpuMillis: 1000, memoryMi: 256, ephemeralStorageMi: 128 },
  }
  expect(containerSizes([pods('Deployment', undefined)])).toEqual(usual)
  expect(containerSizes([])).toEqual(usual)
  expect(containerSizes([pods('Deployment', undefined, large)]).requests).toEqual({ ...usual.requests, memoryMi: 1024 })
})

test('what is no quantity counts as not stated', () => {
  expect(containerSizes([pods('Deployment', { requests: { cpu: 'much' } })]).requests.cpuMillis).toBe(50)
})
