import type { OperationKind } from './operation-kinds.ts'
import type { OperationOutcome } from './operation-states.ts'
import type { TenantState } from './tenant-lifecycle.ts'

/** Only an `active` unit takes new tenants. A `failed` one can be retried or retired; a `suspended` one runs no pods. */
export const UNIT_STATES = ['creating', 'active', 'suspended', 'retiring', 'retired', 'failed'] as const
export type UnitState = (typeof UNIT_STATES)[number]

/** States of a unit that is what it was made to be: what serves, and what would if its tenant were not suspended. */
export const IN_SERVICE: ReadonlySet<UnitState> = new Set(['active', 'suspended'])

export type UnitOperationKind = Extract<OperationKind, `cell.${string}`>
export const isUnitKind = (kind: OperationKind): kind is UnitOperationKind => kind.startsWith('cell.')

/** The unit's way through its life, as data; read as `TENANT_LIFECYCLE` is. */
export const UNIT_LIFECYCLE: Readonly<
  Record<UnitOperationKind, { from: readonly UnitState[]; during: UnitState; done: UnitState; undone: UnitState }>
> = {
  'cell.create': { from: ['creating', 'failed'], during: 'creating', done: 'active', undone: 'failed' },
  'cell.retire': {
    from: ['creating', 'active', 'failed', 'retiring'],
    during: 'retiring',
    done: 'retired',
    undone: 'failed',
  },
}

/** The state of an instance by that of its tenant; on the way from one to another it is what it was. */
export const instanceState = (tenant: TenantState, was: UnitState): UnitState => INSTANCE_STATES[tenant] ?? was

const INSTANCE_STATES: Readonly<Record<TenantState, UnitState | null>> = {
  provisioning: 'creating',
  active: 'active',
  suspending: null,
  suspended: 'suspended',
  resuming: null,
  decommissioning: 'retiring',
  decommissioned: 'retired',
  failed: 'failed',
}

export const mayAskUnit = (kind: UnitOperationKind, state: UnitState): boolean =>
  UNIT_LIFECYCLE[kind].from.includes(state)

/** The state when an operation begins; one that begins where it may not moves nothing. */
export const unitStateDuring = (kind: UnitOperationKind, state: UnitState): UnitState =>
  mayAskUnit(kind, state) ? UNIT_LIFECYCLE[kind].during : state

/**
 * The state when an operation has ended; only a state that the operation itself set is moved on. A retirement can be cancelled
 * only before it has removed anything, so the cell is then what it was.
 */
export function unitStateAfter(
  kind: UnitOperationKind,
  outcome: OperationOutcome,
  state: UnitState,
  was?: UnitState,
): UnitState {
  const { during, done, undone } = UNIT_LIFECYCLE[kind]
  if (state !== during) return state
  if (outcome === 'succeeded') return done
  return kind === 'cell.retire' && outcome === 'cancelled' && was === 'active' ? was : undone
}
