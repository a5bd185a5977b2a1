import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import { dropDatabase } from './drop-database.ts'
import { link } from './link.ts'
import { fenceOf, findPlace, ownerOf, type StepDeps } from './step-deps.ts'

/** Steps that remove a unit of any kind. Each finds nothing to do when it is asked again. */
export const unitRemovalActivities = (deps: StepDeps) =>
  ({
    async removeWorkload(input) {
      await withdraw(deps, input)
      const place = await findPlace(deps, input)
      await place.hands.cluster.removeOwned(ownerOf(input, place, 'workload', 'do'), link())
      await place.hands.cluster.removeOwned(ownerOf(input, place, 'migration', 'do'), link()) // of a creation that was lost half-way
    },
    async removeDatabase(input) {
      await dropDatabase(await findPlace(deps, input), fenceOf(input, 'do'))
    },
    async removeNamespace(input) {
      const place = await findPlace(deps, input)
      await place.hands.cluster.removeOwned(ownerOf(input, place, 'guardrails', 'do'), link())
    },
  }) satisfies Record<string, StepActivity>

/** From here on the instance serves its tenant no more, whatever comes of the rest: nothing may open its address again. */
async function withdraw(deps: StepDeps, input: StepInput): Promise<void> {
  const { tenantId, unitId } = input
  if (tenantId === null) return
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.publish(tx, { unitId, tenantId, as: 'absent' })
  })
}
