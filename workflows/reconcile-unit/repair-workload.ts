import { HIGHEST_BELIEVED } from '../../control-plane/domain/tenants-file.ts'
import type { WholeUnit } from '../drift/whole-unit.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { servingDeployment, servingPods, stopped } from '../steps/chart-use.ts'
import { link, within } from '../steps/link.ts'
import { ownerOf, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { workloadObjects } from '../steps/workload.ts'

/** Pods reload a changed file within 100 ms of the change; this long means that one hangs. */
const LOAD_WITHIN_MS = 60_000

/**
 * Publishes the tenants file anew, above whatever revision somebody else may have published, and applies the product at its
 * confirmed version; that of a suspended tenant without pods. Done when every pod serves and has loaded the file.
 */
export async function repairWorkload(deps: StepDeps, whole: WholeUnit, input: StepInput): Promise<void> {
  const { hands, names, unit } = whole
  const at = { namespace: names.namespace, configMap: names.tenantsConfigMap }
  const above = revisionIn(await hands.cluster.readTenants(at, link()))
  const file = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    return deps.publishUnit(tx, input.unitId, above)
  })
  await hands.cluster.repairTenants({ ...at, unitId: unit.id, unit: unit.name, file, epoch: input.epoch }, link())
  const suspended = unit.state === 'suspended'
  const objects = await workloadObjects(whole)
  await hands.cluster.repairOwned(
    ownerOf(input, whole, 'workload', 'do'),
    suspended ? stopped(objects) : objects,
    link(),
  )
  if (suspended) return hands.cluster.waitForNoPods(servingPods(unit), link())
  await hands.cluster.waitForDeployment(servingDeployment(unit), link())
  const unconfirmed = (cause: unknown) =>
    problems['publication.unconfirmed']({
      detail: `not every pod of ${unit.name} has loaded revision ${file.revision} of its tenants file`,
      cause,
    })
  await within(LOAD_WITHIN_MS, unconfirmed, (bounded) =>
    hands.cluster.waitForTenantsRevision({ ...servingPods(unit), revision: file.revision }, bounded),
  )
}

/** The revision that a tenants file says; 0 where it says none that could be true. */
function revisionIn(text: string | undefined): number {
  try {
    const file: unknown = JSON.parse(text ?? '')
    const revision = typeof file === 'object' && file !== null && 'revision' in file ? file.revision : undefined
    return Number.isInteger(revision) && Number(revision) <= HIGHEST_BELIEVED ? Math.max(0, Number(revision)) : 0
  } catch {
    return 0
  }
}
