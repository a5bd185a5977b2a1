import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fenceRules } from '../fence.ts'
import { passagesOf } from './passages.ts'
import type { LabelSelector, NetworkPolicy, Peer, PolicyPod, PolicyPort, PolicyRule, World } from './policy-types.ts'
import { allowedByFence } from './support/read-fence.ts'
import { allowedByReference } from './support/reference.ts'

const NETWORK = { name: 'steward-abcdef', pods: '10.245.7.0/24', gateway: '10.245.7.1', apiService: '10.246.7.1' }
const MACHINE = ['10.245.7.1', '10.246.7.1']
const NAMESPACES = ['a', 'b']
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const
const PORTS = [80, 81, 82]

const label = fc.constantFrom('app', 'tier')
const value = fc.constantFrom('x', 'y')
const labels = fc.dictionary(label, value, { maxKeys: 2 })
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: labels,
    matchExpressions: fc.array(
      fc.record({
        key: label,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(value, { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
)
const protocol = fc.constantFrom(...PROTOCOLS)
const cidr = fc.constantFrom('10.245.7.0/24', '10.245.7.8/29', '10.0.0.0/8', '0.0.0.0/0', '10.245.7.1/32', 'fd00::/8')
const peer: fc.Arbitrary<Peer> = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector: selector }),
  fc.record({ podSelector: selector, namespaceSelector: selector }),
  fc.record({
    ipBlock: fc.record(
      { cidr, except: fc.array(fc.constantFrom('10.245.7.8/30', '10.245.7.12/32', '10.246.0.0/16'), { maxLength: 2 }) },
      { requiredKeys: ['cidr'] },
    ),
  }),
)
const port: fc.Arbitrary<PolicyPort> = fc.oneof(
  fc.record({ protocol, port: fc.constantFrom(...PORTS) }, { requiredKeys: [] }),
  fc.record(
    { protocol, port: fc.constant(80), endPort: fc.constantFrom(80, 81) },
    { requiredKeys: ['port', 'endPort'] },
  ),
  fc.record({ protocol, port: fc.constantFrom('web', 'db') }, { requiredKeys: ['port'] }),
)
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2, size: 'max' })
const rule = (side: 'from' | 'to'): fc.Arbitrary<PolicyRule> =>
  fc.record({ [side]: few(peer), ports: few(port) }, { requiredKeys: [] })
const policy: fc.Arbitrary<NetworkPolicy> = fc.record({
  metadata: fc.record({ namespace: fc.constantFrom(...NAMESPACES) }),
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.constantFrom(['Ingress'] as const, ['Egress'] as const, ['Ingress', 'Egress'] as const),
      ingress: few(rule('from')),
      egress: few(rule('to')),
    },
    { requiredKeys: ['podSelector'] },
  ),
})
const pod: fc.Arbitrary<PolicyPod> = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constant('pod'),
  address: fc.integer({ min: 8, max: 14 }).map((last) => `10.245.7.${last}`),
  labels,
  ports: few(fc.record({ name: fc.constantFrom('web', 'db'), protocol, port: fc.constantFrom(...PORTS) })),
})
const world: fc.Arbitrary<World> = fc.record({
  pods: fc.array(pod, { minLength: 2, maxLength: 5 }),
  namespaces: fc
    .array(fc.tuple(fc.constantFrom(...NAMESPACES), labels), { minLength: 2, maxLength: 5 })
    .map((entries) => new Map(entries)),
  policies: fc.array(policy, { minLength: 1, maxLength: 4 }),
})

test('whatever policies there are, the fence lets through exactly what the reference allows', () => {
  const doors = MACHINE.flatMap((address) => PORTS.map((number) => ({ address, port: number })))
  let [open, closed] = [0, 0]
  fc.assert(
    fc.property(world, (its) => {
      const script = fenceRules(NETWORK, doors, passagesOf(its))
      const addresses = [...new Set(its.pods.map(({ address }) => address)), '10.245.7.99']
      for (const from of addresses)
        for (const to of [...addresses, ...MACHINE])
          for (const number of PORTS)
            for (const each of MACHINE.includes(to) ? (['TCP'] as const) : PROTOCOLS) {
              if (from === to) continue
              const attempt = { from, to, protocol: each, port: number }
              const expected = allowedByReference(its, attempt, MACHINE)
              const allowed = allowedByFence(script, 'inet steward_abcdef', NETWORK.name, MACHINE, attempt)
              if (allowed !== expected)
                throw new Error(`${JSON.stringify(attempt)}: fence ${allowed}, reference ${expected}`)
              if (expected) open += 1
              else closed += 1
            }
    }),
    { numRuns: 1500 },
  )
  // neither answer is rare: a fence that is always closed, or a reference that is, would be found
  expect(Math.min(open, closed)).toBeGreaterThan(1000)
})
