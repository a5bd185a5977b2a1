import type { SagaPolicy } from '../saga/saga.policy.ts'

export const DEPLOY_UNIT = {
  kind: 'unit.deploy',
  unit: 'cell',
  learnFirst: false,
  steps: [
    { step: 'check-release', attempt: '2 minutes', undo: false },
    { step: 'expand-database', attempt: '15 minutes', undo: true },
    { step: 'roll-pods', attempt: '15 minutes', undo: true },
    { step: 'verify-version', attempt: '2 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
