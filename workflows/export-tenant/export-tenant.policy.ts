import type { SagaPolicy } from '../saga/saga.policy.ts'

export const EXPORT_TENANT = {
  kind: 'tenant.export',
  unit: 'cell', // and the same for an instance
  learnFirst: false,
  steps: [{ step: 'export-tenant', attempt: '1 hour', undo: false }],
} as const satisfies SagaPolicy
