import { isMoveKind } from '../../control-plane/domain/moves.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { StepDeps } from './step-deps.ts'

/** From here on a unit of its own serves its tenant no more, whatever comes of the rest: nothing may open its address again. */
export async function withdrawOwn(deps: StepDeps, input: StepInput): Promise<void> {
  const { tenantId, unitId } = input
  if (tenantId === null || isMoveKind(input.kind)) return // a moved tenant is served elsewhere, and listed there
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.publish(tx, { unitId, tenantId, as: 'absent' })
  })
}
