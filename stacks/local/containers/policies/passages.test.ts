import { describe, expect, test } from 'vitest'
import { fenceRules } from '../fence.ts'
import { passagesOf } from './passages.ts'
import type { NetworkPolicy, PolicyPod, Protocol, World } from './policy-types.ts'
import { allowedByFence } from './support/read-fence.ts'

const NETWORK = { name: 'steward-abcdef', pods: '10.245.7.0/24', gateway: '10.245.7.1', apiService: '10.246.7.1' }
const MACHINE = '10.245.7.1'
const DATABASE = { address: MACHINE, port: 7411 }
const API = { address: '10.246.7.1', port: 443 }
const OWN = { address: MACHINE, port: 7409, namespaces: ['plane'] }
const MACHINES = [MACHINE, API.address]

type Spec = NonNullable<NetworkPolicy['spec']>
const policy = (namespace: string, spec: Spec): NetworkPolicy => ({ metadata: { namespace, name: 'one' }, spec })
const pod = (namespace: string, name: string, last: number, more: Partial<PolicyPod> = {}): PolicyPod => ({
  namespace,
  name,
  address: `10.245.7.${last}`,
  labels: { app: name },
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 + last }],
  ...more,
})
const WEB = pod('a', 'web', 10)
const STORE = pod('a', 'store', 11)
const OTHER = pod('b', 'web', 20)
const LONE = pod('lone', 'web', 30)
const PLANE = pod('plane', 'api', 40)
const DENY: Spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }
const INSIDE: Spec = {
  podSelector: {},
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: {} }] }],
  egress: [{ to: [{ podSelector: {} }] }],
}

function worldWith(policies: readonly NetworkPolicy[], more: Partial<World> = {}): World {
  const namespaces = new Map(
    ['a', 'b', 'lone', 'plane'].map((name) => [name, { name, tenant: name === 'a' ? 'x' : 'y' }]),
  )
  return { pods: [WEB, STORE, OTHER, LONE, PLANE], namespaces, policies, ...more }
}
const reaches = (
  world: World,
  from: PolicyPod,
  to: PolicyPod | { address: string },
  port = 8080,
  protocol: Protocol = 'TCP',
) => {
  const script = fenceRules(NETWORK, [DATABASE, API, OWN], passagesOf(world))
  const attempt = { from: from.address, to: to.address, protocol, port }
  return allowedByFence(script, 'inet steward_abcdef', NETWORK.name, MACHINES, attempt)
}

describe('where nobody wrote a policy', () => {
  test('pods reach the doors of the machine and nobody else, not even each other', () => {
    const world = worldWith([])
    expect(reaches(world, WEB, DATABASE, DATABASE.port)).toBe(true)
    expect(reaches(world, WEB, API, API.port)).toBe(true)
    expect(reaches(world, WEB, DATABASE, 22)).toBe(false)
    expect(reaches(world, WEB, DATABASE, DATABASE.port, 'UDP')).toBe(false)
    expect(reaches(world, WEB, STORE)).toBe(false)
  })
  test('a policy elsewhere opens nothing', () => {
    const world = worldWith([policy('a', { podSelector: {}, ingress: [{}], egress: [{}] })])
    expect(reaches(world, LONE, WEB)).toBe(false)
    expect(reaches(world, WEB, LONE)).toBe(false)
  })
  test('a pod that is not known, whose namespace is not, or whose address somebody else claims, reaches nothing', () => {
    const twin = pod('b', 'twin', 10)
    expect(reaches(worldWith([]), pod('a', 'new', 77), API, API.port)).toBe(false)
    expect(reaches(worldWith([], { namespaces: new Map() }), WEB, API, API.port)).toBe(false)
    expect(reaches(worldWith([policy('a', INSIDE)], { pods: [WEB, STORE, twin] }), WEB, STORE)).toBe(false)
  })
  test('a door for one namespace is closed to others', () => {
    expect(reaches(worldWith([]), PLANE, OWN, OWN.port)).toBe(true)
    expect(reaches(worldWith([]), WEB, OWN, OWN.port)).toBe(false)
  })
})

describe('as Kubernetes says it', () => {
  test('pods that no policy selects are free beside pods that one selects, but both sides must allow', () => {
    const world = worldWith([policy('a', { podSelector: { matchLabels: { app: 'store' } } }), policy('b', INSIDE)])
    expect(reaches(world, STORE, WEB)).toBe(true) // ingress only is closed, and of the store
    expect(reaches(world, WEB, STORE)).toBe(false)
    expect(reaches(world, WEB, OTHER)).toBe(false) // b lets in its own
    expect(reaches(world, OTHER, WEB)).toBe(false) // and out to its own
  })
  test('a selected direction is denied but for what a rule of any policy allows', () => {
    expect(reaches(worldWith([policy('a', DENY)]), WEB, STORE)).toBe(false)
    expect(reaches(worldWith([policy('a', DENY), policy('a', INSIDE)]), WEB, STORE)).toBe(true)
    expect(reaches(worldWith([policy('a', DENY)]), WEB, API, API.port)).toBe(false)
  })
  test('egress policies bind what leads to the machine, too', () => {
    const world = worldWith([
      policy('a', DENY),
      policy('a', { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: DATABASE.port }] }] }),
    ])
    expect(reaches(world, WEB, DATABASE, DATABASE.port)).toBe(true)
    expect(reaches(world, WEB, API, API.port)).toBe(false)
  })
  test('types that are left out follow from the rules', () => {
    expect(reaches(worldWith([policy('a', { podSelector: {} })]), WEB, API, API.port)).toBe(true)
    expect(
      reaches(worldWith([policy('a', { podSelector: {}, egress: [{ ports: [{ port: 1 }] }] })]), WEB, API, API.port),
    ).toBe(false)
    expect(reaches(worldWith([policy('a', { podSelector: {}, egress: [] })]), WEB, API, API.port)).toBe(true)
  })
  test('a rule without peers is for everybody, without ports for every port and protocol', () => {
    const world = worldWith([
      policy('a', { podSelector: {}, ingress: [{}] }),
      policy('b', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [], ports: [] }] }),
    ])
    expect(reaches(world, OTHER, WEB, 1)).toBe(true)
    expect(reaches(world, OTHER, WEB, 65_535, 'SCTP')).toBe(true)
  })
})

const from = (spec: Pick<NonNullable<Spec['ingress']>[number], 'from' | 'ports'>) =>
  worldWith([
    policy('a', { podSelector: {}, ingress: [spec] }),
    policy('b', { podSelector: { matchLabels: { app: 'none' } } }),
  ])

describe('peers', () => {
  const selector = (key: string, operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: string[]) => ({
    matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
  })
  test.each([
    ['pods of its own namespace', { podSelector: {} }, true, false],
    ['pods of its own namespace with a label', { podSelector: { matchLabels: { app: 'web' } } }, false, false],
    ['every namespace', { namespaceSelector: {} }, true, true],
    ['a namespace by label', { namespaceSelector: { matchLabels: { tenant: 'y' } } }, false, true],
    ['both at once', { namespaceSelector: {}, podSelector: { matchLabels: { app: 'web' } } }, false, true],
    [
      'both at once, met by nobody',
      { namespaceSelector: selector('tenant', 'In', ['y']), podSelector: selector('app', 'In', ['store']) },
      false,
      false,
    ],
    [
      'a label that has a value',
      { namespaceSelector: {}, podSelector: selector('app', 'In', ['store', 'x']) },
      true,
      false,
    ],
    ['a label that has not', { namespaceSelector: {}, podSelector: selector('app', 'NotIn', ['store']) }, false, true],
    [
      'a label that is not there is not in',
      { namespaceSelector: {}, podSelector: selector('zone', 'NotIn', ['z']) },
      true,
      true,
    ],
    ['a label that is there', { namespaceSelector: {}, podSelector: selector('app', 'Exists') }, true, true],
    [
      'a label that is not there',
      { namespaceSelector: {}, podSelector: selector('app', 'DoesNotExist') },
      false,
      false,
    ],
    ['a block of addresses', { ipBlock: { cidr: '10.245.7.0/28' } }, true, false],
    [
      'a block without a part',
      { ipBlock: { cidr: '10.245.0.0/16', except: ['10.245.7.16/28', '10.245.7.18/32'] } },
      true,
      false,
    ],
    ['every address', { ipBlock: { cidr: '0.0.0.0/0' } }, true, true],
    ['a block with an address in its midst', { ipBlock: { cidr: '10.245.7.13/28' } }, true, false],
    ['IPv6, which pods do not have', { ipBlock: { cidr: '::/0' } }, false, false],
    ['a block whose exception cannot be read', { ipBlock: { cidr: '10.0.0.0/8', except: ['all'] } }, false, false],
    ['nothing at all', {}, false, false],
  ])('%s', (_what, peer, own, other) => {
    const world = from({ from: [peer] })
    expect({ own: reaches(world, STORE, WEB), other: reaches(world, OTHER, WEB) }).toEqual({ own, other })
  })
  test('either of two peers is enough', () => {
    const world = from({
      from: [{ podSelector: { matchLabels: { app: 'nobody' } } }, { ipBlock: { cidr: '10.245.7.20/32' } }],
    })
    expect(reaches(world, OTHER, WEB)).toBe(true)
    expect(reaches(world, STORE, WEB)).toBe(false)
  })
})

describe('ports', () => {
  test.each([
    [
      'a number, of TCP when it does not say',
      { port: 80 },
      [[80, 'TCP']],
      [
        [81, 'TCP'],
        [80, 'UDP'],
      ],
    ],
    [
      'a range, both ends included',
      { port: 80, endPort: 90 },
      [
        [80, 'TCP'],
        [90, 'TCP'],
      ],
      [
        [79, 'TCP'],
        [91, 'TCP'],
      ],
    ],
    [
      'a protocol',
      { protocol: 'UDP' as const },
      [
        [1, 'UDP'],
        [65_535, 'UDP'],
      ],
      [[1, 'TCP']],
    ],
    ['SCTP', { protocol: 'SCTP' as const, port: 5 }, [[5, 'SCTP']], [[5, 'TCP']]],
    [
      'a name of the receiver',
      { port: 'http' },
      [[8090, 'TCP']],
      [
        [8091, 'TCP'],
        [8090, 'UDP'],
      ],
    ],
    ['a name that it does not have', { port: 'metrics' }, [], [[8090, 'TCP']]],
    [
      'a name of another protocol',
      { port: 'http', protocol: 'UDP' as const },
      [],
      [
        [8090, 'UDP'],
        [8090, 'TCP'],
      ],
    ],
  ] as const)('%s', (_what, port, open, closed) => {
    const world = from({ ports: [port] })
    for (const [number, protocol] of open) expect(reaches(world, STORE, WEB, number, protocol)).toBe(true)
    for (const [number, protocol] of closed) expect(reaches(world, STORE, WEB, number, protocol)).toBe(false)
  })
  test('a name in an egress rule is read at each receiver', () => {
    const egress = [
      { to: [{ ipBlock: { cidr: '10.245.7.0/24', except: ['10.245.7.20/32'] } }], ports: [{ port: 'http' }] },
    ]
    const world = worldWith([
      policy('a', { podSelector: {}, policyTypes: ['Egress'], egress }),
      policy('b', { podSelector: {}, policyTypes: ['Egress'] }),
    ])
    expect(reaches(world, WEB, STORE, 8091)).toBe(true)
    expect(reaches(world, WEB, STORE, 8090)).toBe(false)
    expect(reaches(world, WEB, OTHER, 8100)).toBe(false)
  })
})

test('replicas share their chains, and no table but the estate’s own is named', () => {
  const replicas = Array.from({ length: 50 }, (_, index) => pod('a', 'web', 100 + index, { ports: [] }))
  const script = fenceRules(NETWORK, [DATABASE, API], passagesOf(worldWith([policy('a', INSIDE)], { pods: replicas })))
  expect(script.match(/chain egress_/g)).toHaveLength(1)
  expect(script.match(/^(?:add |delete )?table .*$/gm)?.every((line) => line.includes('steward_abcdef'))).toBe(true)
})
