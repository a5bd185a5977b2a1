import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { REPLICAS, servingPods } from '../steps/chart-use.ts'
import { link } from '../steps/link.ts'
import { findPlace, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { CREATE_CELL } from './create-cell.policy.ts'

/** What only the making of a cell has; the rest is in steps/. */
export const createCellActivities = (deps: StepDeps): Pick<ActivitiesOf<typeof CREATE_CELL>, 'verifyCell'> => ({
  async verifyCell(input) {
    const { hands, unit } = await findPlace(deps, input)
    const pods = await hands.cluster.podVersions(servingPods(unit), link())
    const wrong = pods.filter(({ version }) => version !== unit.version)
    if (wrong.length === 0 && pods.length >= REPLICAS) return
    const seen = pods.map(({ pod, version }) => `${pod}: ${version}`).join(', ')
    throw problems['unit.wrong-version']({
      detail: `expected ${REPLICAS} pods of version ${unit.version}, found ${seen || 'none'}`,
    })
  },
})
