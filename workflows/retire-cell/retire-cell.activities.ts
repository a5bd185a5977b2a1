import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { refuseLeftovers } from '../steps/leftovers.ts'
import { link } from '../steps/link.ts'
import { findPlace, type StepDeps } from '../steps/step-deps.ts'
import type { RETIRE_CELL } from './retire-cell.policy.ts'

/** What only the removal of a cell has; the rest is in steps/. */
export const retireCellActivities = (deps: StepDeps): Pick<ActivitiesOf<typeof RETIRE_CELL>, 'verifyCellGone'> => ({
  async verifyCellGone(input) {
    const { hands, names, unit } = await findPlace(deps, input)
    await refuseLeftovers(`cell ${unit.name}`, (tally) =>
      hands.sweep.unit({ unitId: unit.id, unit: unit.name, names }, link(), tally),
    )
  },
})
