import type { SagaPolicy } from '../saga/saga.policy.ts'

const PUBLISH = { step: 'publish-tenant', attempt: '2 minutes', undo: true } as const
/** Since the edge keeps limits, too (decision 0031). */
const LIMIT_EDGE = { step: 'limit-edge', attempt: '1 minute', undo: true } as const
const LIMIT_INSTANCE = [
  { step: 'apply-quota', attempt: '2 minutes', undo: true },
  { step: 'limit-database', attempt: '2 minutes', undo: true },
] as const

export const UPDATE_TENANT = {
  kind: 'tenant.update',
  unit: 'cell',
  learnFirst: false,
  steps: [PUBLISH, LIMIT_EDGE],
} as const satisfies SagaPolicy

/** The same for a private tenant: its plan is also what its namespace and its database login may use. */
export const UPDATE_INSTANCE = {
  kind: 'tenant.update',
  unit: 'instance',
  learnFirst: false,
  steps: [...LIMIT_INSTANCE, PUBLISH, LIMIT_EDGE],
} as const satisfies SagaPolicy

/** The same for a dedicated tenant, whose plan is also what its stack is made of. */
export const UPDATE_STACK = {
  kind: 'tenant.update',
  unit: 'stack',
  learnFirst: false,
  steps: [{ step: 'resize-stack', attempt: '15 minutes', undo: true }, ...UPDATE_INSTANCE.steps],
} as const satisfies SagaPolicy

/** The ways of runs that began before the edge kept limits. */
export const UPDATE_TENANT_1 = { ...UPDATE_TENANT, steps: [PUBLISH] } as const satisfies SagaPolicy
export const UPDATE_INSTANCE_1 = {
  ...UPDATE_INSTANCE,
  steps: [...LIMIT_INSTANCE, PUBLISH],
} as const satisfies SagaPolicy
