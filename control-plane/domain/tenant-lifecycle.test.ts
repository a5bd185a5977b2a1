import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATION_OUTCOMES } from './operation-states.ts'
import {
  mayAsk,
  PUBLISHED_STATES,
  stateAfter,
  stateDuring,
  stateExpected,
  TENANT_LIFECYCLE,
  TENANT_STATES,
  type TenantKind,
} from './tenant-lifecycle.ts'
import {
  UNIT_LIFECYCLE,
  UNIT_STATES,
  unitStateAfter,
  unitStateDuring,
  type UnitOperationKind,
} from './unit-lifecycle.ts'

const kinds = Object.keys(TENANT_LIFECYCLE) as TenantKind[]
const unitKinds = Object.keys(UNIT_LIFECYCLE) as UnitOperationKind[]
const found = fc.record({ state: fc.constantFrom(...TENANT_STATES), published: fc.constantFrom(...PUBLISHED_STATES) })

test('a tenant goes from provisioning through suspension and back to its tombstone', () => {
  const run = (kind: TenantKind, state: (typeof TENANT_STATES)[number], published: (typeof PUBLISHED_STATES)[number]) =>
    stateAfter(kind, 'succeeded', { state: stateDuring(kind, state), published })
  expect(run('tenant.provision', 'provisioning', 'active')).toBe('active')
  expect(run('tenant.suspend', 'active', 'suspended')).toBe('suspended')
  expect(run('tenant.resume', 'suspended', 'active')).toBe('active')
  expect(run('tenant.update', 'active', 'active')).toBe('active')
  expect(run('tenant.decommission', 'active', 'absent')).toBe('decommissioned')
})

test('a way back ends where the tenants file says the tenant is', () => {
  expect(stateAfter('tenant.suspend', 'failed', { state: 'suspending', published: 'active' })).toBe('active')
  expect(stateAfter('tenant.suspend', 'failed', { state: 'suspending', published: 'suspended' })).toBe('suspended')
  expect(stateAfter('tenant.resume', 'cancelled', { state: 'resuming', published: 'suspended' })).toBe('suspended')
  expect(stateAfter('tenant.provision', 'cancelled', { state: 'provisioning', published: 'absent' })).toBe('failed')
  expect(stateAfter('tenant.decommission', 'cancelled', { state: 'decommissioning', published: 'active' })).toBe(
    'active',
  )
  const leaving = { state: 'decommissioning', published: 'active' } as const
  expect(stateAfter('tenant.decommission', 'failed', leaving)).toBe('failed')
  expect(stateAfter('tenant.decommission', 'failed', { ...leaving, turnedBack: true })).toBe('active')
  expect(stateAfter('tenant.decommission', 'failed', { ...leaving, published: 'suspended', turnedBack: true })).toBe(
    'suspended',
  )
  expect(stateAfter('tenant.decommission', 'failed', { ...leaving, published: 'absent', turnedBack: true })).toBe(
    'failed',
  )
})

test('an operation that never began changes no state but that of its own birth', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), found, (kind, tenant) => {
      fc.pre(tenant.state !== TENANT_LIFECYCLE[kind].during)
      for (const outcome of OPERATION_OUTCOMES) expect(stateAfter(kind, outcome, tenant)).toBe(tenant.state)
    }),
  )
})

test('no operation leaves a tenant on the way, and nothing leaves a tombstone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      found,
      fc.constantFrom(...OPERATION_OUTCOMES),
      (kind, { state, published }, outcome) => {
        const during = stateDuring(kind, state)
        const after = stateAfter(kind, outcome, { state: during, published })
        if (during === TENANT_LIFECYCLE[kind].during) expect(after).not.toBe(during)
        if (state === 'decommissioned') expect([during, after]).toEqual([state, state])
        expect(mayAsk(kind, 'decommissioned')).toBe(false)
      },
    ),
  )
})

test('what is asked next is judged by where the open operations lead', () => {
  expect(stateExpected('active', [])).toBe('active')
  expect(stateExpected('active', ['tenant.update', 'tenant.suspend'])).toBe('suspended')
  expect(stateExpected('suspended', ['tenant.resume'])).toBe('active')
  expect(stateExpected('provisioning', ['tenant.provision', 'tenant.decommission'])).toBe('decommissioned')
})

test('a unit is created, retired, and fails where it did not get there', () => {
  expect(unitStateAfter('cell.create', 'succeeded', 'creating')).toBe('active')
  expect(unitStateAfter('cell.retire', 'succeeded', unitStateDuring('cell.retire', 'active'))).toBe('retired')
  expect(unitStateAfter('cell.retire', 'cancelled', 'retiring', 'active')).toBe('active')
  expect(unitStateAfter('cell.retire', 'cancelled', 'retiring', 'failed')).toBe('failed')
  expect(unitStateAfter('cell.retire', 'failed', 'retiring', 'active')).toBe('failed')
  for (const kind of unitKinds) {
    expect(unitStateDuring(kind, 'retired')).toBe('retired')
    for (const state of UNIT_STATES) {
      const during = unitStateDuring(kind, state)
      const after = unitStateAfter(kind, 'failed', during)
      expect(after).toBe(during === UNIT_LIFECYCLE[kind].during ? 'failed' : state)
    }
  }
})
