import type { TenantKind } from './tenant-lifecycle.ts'
import type { OperationState, STEP_STATES } from './operation-states.ts'

/**
 * What people outside read of an operation: plain words that name no part of the plane. What has no words of its own is said in
 * general, so that a new step never shows its name.
 */
const TITLES: Readonly<Partial<Record<TenantKind, string>>> = {
  'tenant.provision': 'Setting up',
  'tenant.adopt': 'Taking over',
  'tenant.update': 'Changing plan or limits',
  'tenant.suspend': 'Pausing',
  'tenant.resume': 'Resuming',
  'tenant.export': 'Exporting',
  'tenant.decommission': 'Removing',
  'tenant.move': 'Moving to another place',
  'tenant.move-retire': 'Clearing the old place',
  'tenant.move-abort': 'Moving back',
}
export const customerTitle = (kind: TenantKind): string => TITLES[kind] ?? 'A change'

const STEPS: Readonly<Record<string, string>> = {
  'build-stack': 'Building a place of its own',
  'begin-adoption': 'Checking that everything is as it was',
  'take-database': 'Taking the database over',
  'end-adoption': 'Finishing',
  'prepare-namespace': 'Preparing a place of its own',
  'create-database': 'Creating the database',
  migrate: 'Preparing the database',
  deploy: 'Starting the application',
  'publish-tenant': 'Telling the application',
  'apply-route': 'Connecting the address',
  'open-edge': 'Opening the address',
  'probe-serving': 'Checking that the address answers',
  'limit-edge': 'Setting the limits of the address',
  'resize-stack': 'Setting the size of its place',
  'apply-quota': 'Setting the size',
  'limit-database': 'Setting the limits of the database',
  'probe-refusing': 'Checking that the address is closed',
  'refuse-at-edge': 'Closing the address',
  'stop-workload': 'Stopping the application',
  'start-workload': 'Starting the application',
  'close-edge': 'Closing the address',
  'remove-route': 'Disconnecting the address',
  'inspect-export': 'Checking that the data can be exported',
  'export-tenant': 'Exporting the data',
  'confirm-removal': 'Checking that nothing forbids it',
  'withdraw-tenant': 'Telling the application',
  'erase-rows': 'Erasing the data',
  'remove-workload': 'Removing the application',
  'remove-database': 'Erasing the database',
  'remove-namespace': 'Removing its place',
  'destroy-stack': 'Removing its place',
  'verify-tenant-gone': 'Checking that nothing is left',
  'inspect-move': 'Checking that the data can move',
  'copy-rows': 'Copying the data while it is used',
  'publish-guest': 'Telling the application',
  'switch-tenant': 'Switching to the new place',
  'withdraw-guest': 'Telling the application',
  'verify-rows': 'Comparing the data on both sides',
  'retire-rows': 'Erasing the data in the old place',
  'return-rows': 'Switching back',
  'verify-left': 'Checking that nothing is left',
}

export const CUSTOMER_STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const
export type CustomerState = (typeof CUSTOMER_STATES)[number]
const STATE: Readonly<Record<OperationState, CustomerState>> = {
  waiting: 'waiting',
  queued: 'waiting',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}
export const customerState = (state: OperationState): CustomerState => STATE[state]

type Seen = {
  step: string
  state: 'pending' | (typeof STEP_STATES)[number]
  startedAt: string | null
  finishedAt: string | null
}
export type CustomerStep = {
  title: string
  state: 'pending' | 'running' | 'done' | 'failed'
  startedAt: string | null
  finishedAt: string | null
}

/** The steps in plain words; whatever is taken back or put right besides is one step, the last. */
export function customerSteps(steps: readonly Seen[]): CustomerStep[] {
  const isWayBack = ({ step }: Seen) => step.startsWith('undo-') || step === 'quarantine'
  const shown = steps.filter((one) => !isWayBack(one)).map((one) => worded(one, STEPS[one.step] ?? 'Working on it'))
  const back = steps.filter(isWayBack)
  const [first, last] = [back[0], back.at(-1)]
  if (first === undefined || last === undefined) return shown
  const running = back.some(({ state }) => state === 'running')
  const title = 'Taking back what was begun'
  return [
    ...shown,
    {
      title,
      state: running ? 'running' : 'done',
      startedAt: first.startedAt,
      finishedAt: running ? null : last.finishedAt,
    },
  ]
}

const worded = ({ state, startedAt, finishedAt }: Seen, title: string): CustomerStep => ({
  title,
  state: state === 'succeeded' ? 'done' : state,
  startedAt,
  finishedAt,
})
