import type { OperationKind } from './operation-kinds.ts'

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

type TenantKind = Extract<OperationKind, `tenant.${string}`>

/**
 * The tenant's way through its life, as data. `from`: states in which the operation may be asked for (states on the way
 * count, because the operation then queues behind the one that is on the way). `during`, `done`, `undone`: the state while it
 * runs, after success and after failure or cancellation; null keeps the state found when it began.
 */
export const TENANT_LIFECYCLE: Readonly<
  Record<TenantKind, { from: readonly TenantState[]; during: TenantState | null; done: TenantState | null; undone: TenantState | null }>
> = {
  'tenant.provision': { from: ['provisioning', 'failed'], during: 'provisioning', done: 'active', undone: 'failed' },
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
  'tenant.decommission': {
    from: ['provisioning', 'active', 'suspending', 'suspended', 'resuming', 'failed', 'decommissioning'],
    during: 'decommissioning',
    done: 'decommissioned',
    undone: 'failed',
  },
}

export const mayAsk = (kind: TenantKind, state: TenantState): boolean => TENANT_LIFECYCLE[kind].from.includes(state)
