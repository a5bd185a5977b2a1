import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { dropDatabase } from '../steps/drop-database.ts'
import { link } from '../steps/link.ts'
import { refuseLeftovers } from '../steps/leftovers.ts'
import { fenceOf, findPlace, ownerOf, type StepDeps } from '../steps/step-deps.ts'
import type { RETIRE_CELL } from './retire-cell.policy.ts'

/** Steps that remove a cell. Each finds nothing to do when it is asked again. */
export const retireCellActivities = (deps: StepDeps): ActivitiesOf<typeof RETIRE_CELL> => ({
  async removeWorkload(input) {
    const place = await findPlace(deps, input)
    await place.hands.cluster.removeOwned(ownerOf(input, place, 'workload', 'do'), link())
    await place.hands.cluster.removeOwned(ownerOf(input, place, 'migration', 'do'), link()) // of a creation that was lost half-way
  },
  async removeDatabase(input) {
    await dropDatabase(await findPlace(deps, input), fenceOf(input, 'do'))
  },
  async removeNamespace(input) {
    const place = await findPlace(deps, input)
    await place.hands.cluster.removeOwned(ownerOf(input, place, 'cell', 'do'), link())
  },
  async verifyCellGone(input) {
    const { hands, names, unit } = await findPlace(deps, input)
    await refuseLeftovers(`cell ${unit.name}`, () =>
      hands.sweep.unit({ unitId: unit.id, unit: unit.name, names }, link()),
    )
  },
})
