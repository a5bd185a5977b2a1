import { expect, test } from 'vitest'
import { heapOf } from './container-command.ts'
import { expand, quantity, resolveEnvironment } from './environment.ts'
import type { Container, Pod } from './pod-types.ts'

const pod: Pod = {
  metadata: { name: 'web-1', namespace: 'cell', uid: 'u', labels: { app: 'web' } },
  spec: { nodeName: 'local', containers: [] },
  status: { podIP: '10.244.1.2' },
}
const sources = {
  configMap: (name: string) => (name === 'settings' ? { a: '1', path: '/etc/app/x' } : undefined),
  secret: (name: string) => (name === 'login' ? { user: 'u' } : undefined),
}
const resolve = (container: Partial<Container>) =>
  resolveEnvironment({ name: 'main', ...container }, pod, sources, [{ mountPath: '/etc/app', realPath: '/real' }])

test('later entries win, references are resolved, paths below mounts are rewritten', () => {
  const env = resolve({
    envFrom: [{ configMapRef: { name: 'settings' } }, { prefix: 'DB_', secretRef: { name: 'login' } }],
    env: [
      { name: 'a', value: '2' },
      { name: 'both', value: '$(a)-$(DB_user)-$$(a)-$(none)' },
      { name: 'pod', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'label', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'ip', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'optional', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
    ],
  })
  expect(env).toEqual({
    a: '2',
    path: '/real/x',
    DB_user: 'u',
    both: '2-u-$(a)-$(none)',
    pod: 'web-1',
    label: 'web',
    ip: '10.244.1.2',
  })
})

test.each([
  ['Secret none not found', { env: [{ name: 'x', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] }],
  [
    'ConfigMap settings has no key k',
    { env: [{ name: 'x', valueFrom: { configMapKeyRef: { name: 'settings', key: 'k' } } }] },
  ],
  ['ConfigMap none not found', { envFrom: [{ configMapRef: { name: 'none' } }] }],
  [
    'fieldRef status.phase is not supported',
    { env: [{ name: 'x', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] },
  ],
])('%s is said by name', (message, container) => {
  expect(() => resolve(container)).toThrow(message)
})

test('quantities are read as Kubernetes writes them', () => {
  expect(['250m', '2', '64Mi', '1Gi', '1k'].map(quantity)).toEqual([0.25, 2, 67_108_864, 1_073_741_824, 1_000])
  expect(quantity('lots')).toBeNaN()
  expect(expand('$(A)', { A: '1' })).toBe('1')
})

test('the heap follows the memory limit, and is left alone without one', () => {
  expect(heapOf({ name: 'x', resources: { limits: { memory: '128Mi' } } })).toEqual(['--max-old-space-size=96'])
  expect(heapOf({ name: 'x' })).toEqual([])
})
