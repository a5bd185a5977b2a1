import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { makePlan } from './make-plan.ts'
import type { PlanActivities } from './plan-change.contract.ts'

/** Looks at stacks on behalf of operations that wait. */
export const planChangeActivities = (deps: StepDeps): PlanActivities => ({
  async makeChangePlan(input) {
    const planned = await makePlan(deps, input, link())
    await deps.database.transaction((tx) => deps.changePlans.keep(tx, input.planId, planned))
  },
  noteUnplanned: ({ planId, fault }) => deps.database.transaction((tx) => deps.changePlans.fail(tx, planId, fault)),
})
