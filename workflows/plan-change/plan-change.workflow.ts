import { proxyActivities } from '@temporalio/workflow'
import type { PlanInput } from '../../control-plane/features/operations/operations.contract.ts'
import { faultOf } from '../saga/fault-of.ts'
import type { PlanActivities } from './plan-change.contract.ts'

const HEARTBEAT = '10s'
/** Somebody waits for it and may have it planned again: what does not answer within some seconds is said. */
const LOOK = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: HEARTBEAT,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s', maximumAttempts: 6 },
} as const
/** Nobody looks, and the operation ends when it cannot be planned: it is tried as long as a step of an operation is, some 90 s. */
const PATIENT = { ...LOOK, retry: { ...LOOK.retry, maximumInterval: '15s', maximumAttempts: 12 } } as const
const NOTE = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT,
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '10s' },
} as const

/** Says what a waiting operation would do to its stack. It holds no claim and changes nothing, so nothing has to be taken back. */
export async function planChange(input: PlanInput): Promise<void> {
  try {
    await proxyActivities<PlanActivities>(input.unasked ? PATIENT : LOOK).makeChangePlan(input)
  } catch (error) {
    await proxyActivities<PlanActivities>(NOTE).noteUnplanned({ ...input, fault: faultOf(error) })
  }
}
