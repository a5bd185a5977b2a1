import type { Adopting } from '../../stacks/kubernetes/take-over.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { StepDeps } from '../steps/step-deps.ts'

/** What an adoption may take over in the cluster, as it was observed and approved; undefined for every other kind. */
export async function adoptingOf(
  deps: Pick<StepDeps, 'database' | 'changePlans'>,
  { kind, operationId }: Pick<StepInput, 'kind' | 'operationId'>,
): Promise<Adopting | undefined> {
  if (kind !== 'tenant.adopt') return undefined
  const approved = await deps.database.transaction((tx) => deps.changePlans.approved(tx, operationId))
  const objects = approved?.content.objects ?? []
  return new Map(
    objects.flatMap(({ object, action, version }) =>
      action === 'adopt' && version !== null ? [[object, version] as const] : [],
    ),
  )
}
