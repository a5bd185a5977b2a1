import { isMoveKind } from '../../control-plane/domain/moves.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { type StepDeps, tenantIdOf } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/**
 * Before a place of a move is taken away: nobody is served there and its rows are safe at the other one. An undo that failed leaves the
 * others to run, and the database with the only rows must not go with them. Throws `unit.occupied`; other kinds are not looked at.
 */
export async function refuseUnvacated(deps: StepDeps, input: StepInput): Promise<void> {
  if (!isMoveKind(input.kind)) return
  await deps.database.transaction(async (tx) => {
    const move = await deps.moves.open(tx, tenantIdOf(input))
    if (move === undefined) return
    const { unitId } = await deps.tenantFacts(tx, tenantIdOf(input))
    if (unitId === input.unitId) throw problems['unit.occupied']({ detail: 'the tenant is served there: it stays' })
    const safe = input.unitId === move.sourceUnitId ? move.rows === 'erased' : ['none', 'returned'].includes(move.rows)
    if (!safe)
      throw problems['unit.occupied']({
        detail: `rows of the tenant may be there and nowhere else (${move.rows}): it stays`,
      })
  })
}
