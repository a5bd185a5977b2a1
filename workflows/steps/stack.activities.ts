import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import type { Approved } from '../regions/stacks.ts'
import { approvedPlan } from './approved-plan.ts'
import { handOverExports } from './hand-over-exports.ts'
import { link } from './link.ts'
import { orderOf } from './stack-order.ts'
import type { Phase, StepDeps } from './step-deps.ts'
import { refuseMovedInside } from './unmoved.ts'
import { refuseUnvacated } from './vacated.ts'
import { withdrawOwn } from './withdraw.ts'

/** Steps that build and destroy a dedicated tenant's stack; what runs in it is applied by the steps of every unit. */
export const stackActivities = (deps: StepDeps) =>
  ({
    buildStack: async (input) => build(deps, input, 'do', heldTo(await approvedPlan(deps, input))),
    async undoBuildStack(input) {
      await refuseUnvacated(deps, input)
      await destroy(deps, input, 'undo', null)
    },
    async resizeStack(input) {
      const planned = await approvedPlan(deps, input)
      if (changesParts(planned)) await build(deps, input, 'do', heldTo(planned))
    },
    async undoResizeStack(input) {
      await deps.database.transaction(async (tx) => {
        await deps.assertCurrent(tx, input)
        await deps.restoreTerms(tx, input.operationId)
      })
      if (changesParts(await approvedPlan(deps, input))) await build(deps, input, 'undo', null)
    },
    async destroyStack(input) {
      await refuseUnvacated(deps, input)
      const planned = await approvedPlan(deps, input)
      await refuseMovedInside(deps, input, planned)
      await withdrawOwn(deps, input)
      await destroy(deps, input, 'do', heldTo(planned))
    },
  }) satisfies Record<string, StepActivity>

const heldTo = (planned: ApprovedPlan | undefined): Approved | null =>
  planned === undefined ? null : { engineHash: planned.content.engineHash, release: planned.release }

/** Another plan of the same size changes nothing that a stack is made of, and the engine is not asked. */
const changesParts = (planned: ApprovedPlan | undefined): boolean =>
  planned === undefined || planned.content.resources.length > 0

/** Makes the stack what its program says under the terms in force, and notes where its parts are. */
async function build(deps: StepDeps, input: StepInput, phase: Phase, approved: Approved | null): Promise<void> {
  const access = await deps.stacks.build(await orderOf(deps, input, phase), approved, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, input.unitId, access)
  })
}

/** Its parts are forgotten when they are gone and not before, so that a repeat and a repair still find them. */
async function destroy(deps: StepDeps, input: StepInput, phase: Phase, approved: Approved | null): Promise<void> {
  const order = await orderOf(deps, input, phase)
  await handOverExports(deps, input, order)
  await deps.stacks.destroy(order, approved, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, input.unitId, null)
    await deps.backups.gone(tx, input.unitId)
  })
}
