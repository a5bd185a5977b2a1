import type { SagaPolicy } from '../saga/saga.policy.ts'

export const BACKUP_UNIT = {
  kind: 'unit.backup',
  unit: 'stack', // and of nothing else
  learnFirst: false,
  steps: [
    { step: 'take-backup', attempt: '6 hours', undo: true },
    { step: 'verify-backup', attempt: '6 hours', undo: true },
    { step: 'prune-backups', attempt: '15 minutes', undo: false },
  ],
} as const satisfies SagaPolicy
