import type { SagaPolicy } from '../saga/saga.policy.ts'

const INSPECT = { step: 'inspect-move', attempt: '1 minute', undo: true } as const
const MAKE_UNIT = [
  { step: 'prepare-namespace', attempt: '2 minutes', undo: true },
  { step: 'create-database', attempt: '2 minutes', undo: true },
  { step: 'migrate', attempt: '15 minutes', undo: true },
  { step: 'deploy', attempt: '15 minutes', undo: true },
] as const
const MOVE = [
  { step: 'copy-rows', attempt: '6 hours', undo: true },
  { step: 'publish-guest', attempt: '2 minutes', undo: true },
  { step: 'apply-route', attempt: '1 minute', undo: true },
  { step: 'switch-tenant', attempt: '5 minutes', undo: true },
  { step: 'probe-serving', attempt: '1 minute', undo: false },
  { step: 'withdraw-guest', attempt: '2 minutes', undo: false },
  { step: 'verify-rows', attempt: '6 hours', undo: false },
] as const

/** To a cell, which is there. */
export const MOVE_TO_CELL = {
  kind: 'tenant.move',
  unit: 'cell',
  learnFirst: false,
  steps: [INSPECT, ...MOVE],
} as const satisfies SagaPolicy

/** To a unit of the tenant's own, which is made first. */
export const MOVE_TO_INSTANCE = {
  kind: 'tenant.move',
  unit: 'instance',
  learnFirst: false,
  steps: [INSPECT, ...MAKE_UNIT, ...MOVE],
} as const satisfies SagaPolicy

/** To a stack, which is built first. */
export const MOVE_TO_STACK = {
  kind: 'tenant.move',
  unit: 'stack',
  learnFirst: false,
  steps: [INSPECT, { step: 'build-stack', attempt: '15 minutes', undo: true }, ...MAKE_UNIT, ...MOVE],
} as const satisfies SagaPolicy
