import { expect, test } from 'vitest'
import type { Pod } from '../../node/pod-types.ts'
import { policyPod, worldOf } from './world.ts'

const NETWORK = '10.245.7.0/24'
const pod = (more: { spec?: Partial<Pod['spec']>; status?: Pod['status'] } = {}): Pod => ({
  metadata: { namespace: 'a', name: 'web', labels: { app: 'web' } },
  spec: { containers: [], ...more.spec },
  status: { phase: 'Running', podIP: '10.245.7.9', ...more.status },
})

test('a pod is known by its labels, its address and the ports that have names, those of sidecars included', () => {
  const containers = [
    { name: 'main', ports: [{ name: 'http', containerPort: 8080 }, { containerPort: 1 }] },
    { name: 'dns', ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }] },
  ]
  const initContainers = [
    { name: 'sidecar', restartPolicy: 'Always', ports: [{ name: 'admin', containerPort: 9 }] },
    { name: 'once', ports: [{ name: 'never', containerPort: 10 }] },
  ]
  expect(policyPod(pod({ spec: { containers, initContainers } }), NETWORK)).toEqual({
    namespace: 'a',
    name: 'web',
    address: '10.245.7.9',
    labels: { app: 'web' },
    ports: [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 53 },
      { name: 'admin', protocol: 'TCP', port: 9 },
    ],
  })
})

test.each([
  ['has ended well', pod({ status: { phase: 'Succeeded' } })],
  ['has failed', pod({ status: { phase: 'Failed' } })],
  ['uses the machine’s network', pod({ spec: { hostNetwork: true } })],
  ['has no address yet', pod({ status: { podIP: '' } })],
  ['is elsewhere', pod({ status: { podIP: '10.244.0.1' } })],
  ['has an address that is none', pod({ status: { podIP: '10.245.7.9 } accept' } })],
])('a pod that %s has no address of its own', (_what, its) => {
  expect(policyPod(its, NETWORK)).toBeUndefined()
})

test('a pod has the address that was noted, whatever its status says of a life before', () => {
  const noted = new Map([['u-1', '10.245.7.50']])
  const fresh = { ...pod(), metadata: { namespace: 'a', name: 'web', uid: 'u-1' }, status: { phase: 'Pending' } }
  expect(policyPod(fresh, NETWORK, noted)?.address).toBe('10.245.7.50')
  expect(policyPod({ ...fresh, status: { podIP: '10.245.7.9' } }, NETWORK, noted)?.address).toBe('10.245.7.50')
})

test('a status whose address is noted for another pod by now is not believed: two pods would pass as one', () => {
  const named = (uid: string, podIP: string) => ({
    ...pod(),
    metadata: { namespace: 'a', name: uid, uid },
    status: { podIP },
  })
  const pods = [named('old', '10.245.7.2'), named('new', '10.245.7.3'), named('unnoted', '10.245.7.4')]
  const world = worldOf(NETWORK, { pods, namespaces: [], policies: [] }, new Map([['new', '10.245.7.2']]))
  expect(world.pods.map(({ name, address }) => [name, address])).toEqual([
    ['new', '10.245.7.2'],
    ['unnoted', '10.245.7.4'],
  ])
})

test('a pod that is being ended still runs', () => {
  const ending = pod()
  ending.metadata = { ...ending.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
  expect(policyPod(ending, NETWORK)).toBeDefined()
})

test('the world holds what the cluster does', () => {
  const policies = [{ metadata: { namespace: 'a', name: 'deny' }, spec: { podSelector: {} } }]
  const namespaces = [{ metadata: { name: 'a', labels: { tenant: 'x' } } }, { metadata: { name: 'bare' } }]
  const world = worldOf(NETWORK, { pods: [pod(), pod({ status: { phase: 'Failed' } })], namespaces, policies })
  expect(world.pods).toHaveLength(1)
  expect([...world.namespaces]).toEqual([
    ['a', { tenant: 'x' }],
    ['bare', {}],
  ])
  expect(world.policies).toEqual(policies)
})
