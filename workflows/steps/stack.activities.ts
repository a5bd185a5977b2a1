import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import { stackOrder } from './stack-order.ts'
import type { StackOrder } from '../regions/stacks.ts'
import { link } from './link.ts'
import { fenceOf, type Phase, type StepDeps, tenantIdOf } from './step-deps.ts'
import { withdrawOwn } from './withdraw.ts'

/** Steps that build and destroy a dedicated tenant's stack; what runs in it is applied by the steps of every unit. */
export const stackActivities = (deps: StepDeps) =>
  ({
    async buildStack(input) {
      const access = await deps.stacks.build(await orderOf(deps, input, 'do'), link())
      await deps.database.transaction(async (tx) => {
        await deps.assertCurrent(tx, input)
        await deps.noteAccess(tx, input.unitId, access)
      })
    },
    undoBuildStack: (input) => destroy(deps, input, 'undo'),
    async destroyStack(input) {
      await withdrawOwn(deps, input)
      await destroy(deps, input, 'do')
    },
  }) satisfies Record<string, StepActivity>

/** Its parts are forgotten when they are gone and not before, so that a repeat and a repair still find them. */
async function destroy(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  await deps.stacks.destroy(await orderOf(deps, input, phase), link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, input.unitId, null)
  })
}

/** What the stack's program is asked for; the stack is called as its unit. */
export async function orderOf(
  deps: Pick<StepDeps, 'database' | 'unitFacts' | 'regionFacts' | 'tenantFacts'>,
  input: StepInput,
  phase: Phase,
): Promise<StackOrder> {
  return deps.database.transaction(async (tx) => {
    const unit = await deps.unitFacts(tx, input.unitId)
    const tenant = await deps.tenantFacts(tx, tenantIdOf(input))
    const region = await deps.regionFacts(tx, unit.region)
    return stackOrder({ unit, tenant, region, epoch: fenceOf(input, phase) })
  })
}
