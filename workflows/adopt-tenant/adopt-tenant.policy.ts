import { PROVISION_TENANT } from '../provision-tenant/provision-tenant.policy.ts'
import type { SagaPolicy } from '../saga/saga.policy.ts'

export const ADOPT_INSTANCE = {
  kind: 'tenant.adopt',
  unit: 'instance',
  learnFirst: false,
  steps: [
    { step: 'begin-adoption', attempt: '2 minutes', undo: true },
    { step: 'prepare-namespace', attempt: '2 minutes', undo: true },
    { step: 'take-database', attempt: '5 minutes', undo: true },
    { step: 'migrate', attempt: '15 minutes', undo: true },
    { step: 'deploy', attempt: '15 minutes', undo: true },
    ...PROVISION_TENANT.steps,
    { step: 'end-adoption', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy
