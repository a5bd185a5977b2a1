import type { StepInput } from '../saga/saga.policy.ts'
import { servingDeployment, workloadChart } from './chart-use.ts'
import { link } from './link.ts'
import { ownerOf, type Phase, type Place } from './step-deps.ts'

/** Applies the product of a unit in the version that its row wants, and waits until it serves. Repeating it changes nothing. */
export async function applyWorkload(place: Place, input: StepInput, phase: Phase): Promise<void> {
  const { hands, unit } = place
  const objects = await hands.render(workloadChart(unit))
  await hands.cluster.applyOwned(ownerOf(input, place, 'workload', phase), objects, link())
  await hands.cluster.waitForDeployment(servingDeployment(unit), link())
}
