import type { PlanInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Fault } from '../saga/saga.contract.ts'

/** What making a change plan asks for; neither changes anything but the record of the plan. */
export type PlanActivities = {
  /** Looks, and keeps what it found. A repeat finds it kept. */
  makeChangePlan: (input: PlanInput) => Promise<void>
  /** Keeps why there is no plan. */
  noteUnplanned: (input: PlanInput & { fault: Fault }) => Promise<void>
}
