import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { StepDeps } from './step-deps.ts'

/** What was agreed to before the operation began; undefined: nothing was planned, because it was asked for before there were plans. */
export const approvedPlan = (
  deps: Pick<StepDeps, 'database' | 'changePlans'>,
  { operationId }: Pick<StepInput, 'operationId'>,
): Promise<ApprovedPlan | undefined> => deps.database.transaction((tx) => deps.changePlans.approved(tx, operationId))
