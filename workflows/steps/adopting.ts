import type { Adopting } from '../../stacks/kubernetes/take-over.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { approvedPlan } from './approved-plan.ts'
import type { StepDeps } from './step-deps.ts'

/** What an adoption may take over in the cluster, as it was observed and approved; undefined for every other kind. */
export async function adoptingOf(
  deps: Pick<StepDeps, 'database' | 'changePlans'>,
  input: Pick<StepInput, 'kind' | 'operationId'>,
): Promise<Adopting | undefined> {
  if (input.kind !== 'tenant.adopt') return undefined
  const objects = (await approvedPlan(deps, input))?.content.objects ?? []
  return new Map(
    objects.flatMap(({ object, action, version }) =>
      action === 'adopt' && version !== null ? [[object, version] as const] : [],
    ),
  )
}
