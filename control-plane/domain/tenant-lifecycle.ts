import type { OperationKind } from './operation-kinds.ts'
import type { OperationOutcome } from './operation-states.ts'

export const TENANT_STATES = [
  'provisioning',
  'active',
  'suspending',
  'suspended',
  'resuming',
  'decommissioning',
  'decommissioned',
  'failed',
] as const
export type TenantState = (typeof TENANT_STATES)[number]

/** What the tenants file of its unit says of a tenant. */
export const PUBLISHED_STATES = ['absent', 'active', 'suspended'] as const
export type Published = (typeof PUBLISHED_STATES)[number]

export type TenantKind = Extract<OperationKind, `tenant.${string}`>
export const isTenantKind = (kind: OperationKind): kind is TenantKind => kind.startsWith('tenant.')

/**
 * The tenant's way through its life, as data. `from`: states in which the operation may be asked for (states on the way
 * count, because the operation then queues behind the one that is on the way). `during`, `done`, `undone`: the state while it
 * runs, after success and after failure or cancellation; null keeps the state found when it began.
 */
export const TENANT_LIFECYCLE: Readonly<
  Record<
    TenantKind,
    { from: readonly TenantState[]; during: TenantState | null; done: TenantState | null; undone: TenantState | null }
  >
> = {
  'tenant.provision': { from: ['provisioning', 'failed'], during: 'provisioning', done: 'active', undone: 'failed' },
  'tenant.adopt': { from: ['provisioning', 'failed'], during: 'provisioning', done: 'active', undone: 'failed' },
  'tenant.update': {
    from: ['provisioning', 'active', 'suspending', 'suspended', 'resuming'],
    during: null,
    done: null,
    undone: null,
  },
  'tenant.suspend': {
    from: ['provisioning', 'active', 'suspending', 'resuming'],
    during: 'suspending',
    done: 'suspended',
    undone: 'active',
  },
  'tenant.resume': {
    from: ['suspending', 'suspended', 'resuming'],
    during: 'resuming',
    done: 'active',
    undone: 'suspended',
  },
  'tenant.export': {
    from: ['provisioning', 'active', 'suspending', 'suspended', 'resuming', 'failed'],
    during: null,
    done: null,
    undone: null,
  },
  'tenant.decommission': {
    from: ['provisioning', 'active', 'suspending', 'suspended', 'resuming', 'failed', 'decommissioning'],
    during: 'decommissioning',
    done: 'decommissioned',
    undone: 'failed',
  },
  // What serves it changes, what it is does not. Of a suspended tenant nothing is served that could show that the new place works.
  'tenant.move': { from: ['active'], during: null, done: null, undone: null },
  'tenant.move-retire': {
    from: ['active', 'suspending', 'suspended', 'resuming'],
    during: null,
    done: null,
    undone: null,
  },
  'tenant.move-abort': { from: ['active'], during: null, done: null, undone: null },
}

/** Whether the tenant is in service for the first time when an operation of the kind has succeeded. */
export const comesToBe = (kind: OperationKind): boolean => kind === 'tenant.provision' || kind === 'tenant.adopt'

export const mayAsk = (kind: TenantKind, state: TenantState): boolean => TENANT_LIFECYCLE[kind].from.includes(state)

/** `turnedBack`: everything that the operation did was taken back, as far as its steps are on record. */
type Found = { state: TenantState; published: Published; turnedBack?: boolean }

/** The state when an operation begins. One that begins where it may not (a suspension behind a failed provision) moves nothing. */
export function stateDuring(kind: TenantKind, state: TenantState): TenantState {
  return mayAsk(kind, state) ? (TENANT_LIFECYCLE[kind].during ?? state) : state
}

/**
 * The state when an operation has ended. Only a state that the operation itself set is moved on, so that one cancelled in the
 * queue changes nothing. A way back is judged by what is still published, not by what the undo was meant to reach; a removal that did not
 * turn back has removed something, whatever is published.
 */
export function stateAfter(
  kind: TenantKind,
  outcome: OperationOutcome,
  { state, published, turnedBack = false }: Found,
): TenantState {
  const { during, done, undone } = TENANT_LIFECYCLE[kind]
  if (during === null || state !== during) return state
  if (outcome === 'succeeded') return done ?? state
  if (comesToBe(kind) || (kind === 'tenant.decommission' && outcome === 'failed' && !turnedBack)) return undone ?? state
  return published === 'absent' ? 'failed' : published
}

/** The state once everything that is open has succeeded: what a request for a suspended tenant that is about to resume is judged by. */
export const stateExpected = (state: TenantState, open: readonly TenantKind[]): TenantState =>
  open.reduce((reached, kind) => TENANT_LIFECYCLE[kind].done ?? reached, state)
