import type { ChangePlans } from '../../control-plane/features/operations/operations.plan-keep.ts'
import { link } from '../steps/link.ts'
import { makePlan, type PlanDeps } from './make-plan.ts'
import type { PlanActivities } from './plan-change.contract.ts'

/** Looks at stacks on behalf of operations that wait. */
export const planChangeActivities = (deps: PlanDeps & { changePlans: ChangePlans }): PlanActivities => ({
  async makeChangePlan(input) {
    const planned = await makePlan(deps, input, link())
    await deps.database.transaction((tx) => deps.changePlans.keep(tx, input.planId, planned))
  },
  noteUnplanned: ({ planId, fault }) => deps.database.transaction((tx) => deps.changePlans.fail(tx, planId, fault)),
})
