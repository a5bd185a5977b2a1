import type { OperationKind } from './operation-kinds.ts'
import type { OperationOutcome } from './operation-states.ts'

/** Isolation levels the plane can place so far; the words are those of the plan catalogue. */
export const ISOLATIONS = ['shared', 'private'] as const
export type Isolation = (typeof ISOLATIONS)[number]

/** A cell serves many shared tenants, an instance is one private tenant's own. */
export const UNIT_KINDS = ['cell', 'instance'] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

/** Only an `active` unit takes new tenants. A `failed` one can be retried or retired; a `suspended` one runs no pods. */
export const UNIT_STATES = ['creating', 'active', 'suspended', 'retiring', 'retired', 'failed'] as const
export type UnitState = (typeof UNIT_STATES)[number]

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
