import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import { holdToPlan } from '../plan-change/hold-to-plan.ts'
import type { Approved } from '../regions/stacks.ts'
import { handOverExports } from './hand-over-exports.ts'
import { link } from './link.ts'
import { orderOf } from './stack-order.ts'
import type { Phase, StepDeps } from './step-deps.ts'
import { refuseUnvacated } from './vacated.ts'
import { withdrawOwn } from './withdraw.ts'

/** Steps that build and destroy a dedicated tenant's stack; what runs in it is applied by the steps of every unit. */
export const stackActivities = (deps: StepDeps) =>
  ({
    async buildStack(input) {
      const approved = await holdToPlan(deps, input)
      const access = await deps.stacks.build(await orderOf(deps, input, 'do'), approved, link())
      await deps.database.transaction(async (tx) => {
        await deps.assertCurrent(tx, input)
        await deps.noteAccess(tx, input.unitId, access)
      })
    },
    async undoBuildStack(input) {
      await refuseUnvacated(deps, input)
      await destroy(deps, input, 'undo', null)
    },
    async destroyStack(input) {
      await refuseUnvacated(deps, input)
      const approved = await holdToPlan(deps, input)
      await withdrawOwn(deps, input)
      await destroy(deps, input, 'do', approved)
    },
  }) satisfies Record<string, StepActivity>

/** Its parts are forgotten when they are gone and not before, so that a repeat and a repair still find them. */
async function destroy(deps: StepDeps, input: StepInput, phase: Phase, approved: Approved | null): Promise<void> {
  const order = await orderOf(deps, input, phase)
  await handOverExports(deps, input, order)
  await deps.stacks.destroy(order, approved, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, input.unitId, null)
  })
}
