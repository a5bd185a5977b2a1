import type { SagaPolicy } from '../saga/saga.policy.ts'

export const PROVISION_TENANT = {
  kind: 'tenant.provision',
  unit: 'cell',
  learnFirst: false,
  steps: [
    { step: 'publish-tenant', attempt: '2 minutes', undo: true },
    { step: 'apply-route', attempt: '1 minute', undo: true },
    { step: 'open-edge', attempt: '30 seconds', undo: true },
    { step: 'probe-serving', attempt: '1 minute', undo: false },
  ],
} as const satisfies SagaPolicy

/** The same for a private tenant, whose unit comes first. */
export const PROVISION_INSTANCE = {
  kind: 'tenant.provision',
  unit: 'instance',
  learnFirst: false,
  steps: [
    { step: 'prepare-namespace', attempt: '2 minutes', undo: true },
    { step: 'create-database', attempt: '2 minutes', undo: true },
    { step: 'migrate', attempt: '15 minutes', undo: true },
    { step: 'deploy', attempt: '15 minutes', undo: true },
    ...PROVISION_TENANT.steps,
  ],
} as const satisfies SagaPolicy

/** The same for a dedicated tenant, whose cluster and database pair come first. */
export const PROVISION_STACK = {
  kind: 'tenant.provision',
  unit: 'stack',
  learnFirst: false,
  steps: [{ step: 'build-stack', attempt: '15 minutes', undo: true }, ...PROVISION_INSTANCE.steps],
} as const satisfies SagaPolicy
