import { canonical, sha256 } from '../../stacks/kubernetes/canonical.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { Adopting } from '../../stacks/kubernetes/take-over.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { SECRET_KEYS } from '../../stacks/postgres/database-secret.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { readingSecret, servingDeployment, type Unit, workloadChart } from './chart-use.ts'
import { link } from './link.ts'
import { ownerOf, type Phase, type Place } from './step-deps.ts'

/** The product of a unit in the version that its row wants; its pods are replaced when the Secret they read is another. */
export async function workloadObjects(
  { hands, unit, names }: Pick<Place, 'hands' | 'names'> & { unit: Unit },
  how: Link = link(),
): Promise<KubernetesObject[]> {
  const objects = await hands.render(workloadChart(unit))
  const secret = await hands.cluster.readSecret({ namespace: names.namespace, name: names.databaseSecret }, how)
  if (secret === undefined) return objects
  const read = SECRET_KEYS.map((key) => secret[key] ?? null)
  return readingSecret(objects, sha256(canonical(read)).slice(0, 16))
}

/** Applies the product of a unit in the version that its row wants, and waits until it serves. Repeating it changes nothing. */
export async function applyWorkload(place: Place, input: StepInput, phase: Phase, adopting?: Adopting): Promise<void> {
  const { hands, unit } = place
  const objects = await workloadObjects(place)
  const owner = ownerOf(input, place, 'workload', phase)
  const kept = await hands.cluster.applyOwned(owner, objects, link(), { adopting })
  // What somebody else made of it meanwhile was left to them, and need not ever serve.
  if (kept.some(({ kind }) => kind === 'Deployment')) return
  await hands.cluster.waitForDeployment(servingDeployment(unit), link())
}
