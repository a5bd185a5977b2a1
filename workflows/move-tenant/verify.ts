import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { findMove, findMoving, rowsOf } from './moving.ts'
import { FREEZE } from './switch.ts'

/**
 * Compares every row on both sides while it is written, and signs what was measured. Nothing where the rows are being erased already: the
 * comparison came before that.
 */
export async function verifyRows(deps: StepDeps, input: StepInput): Promise<void> {
  const { rows } = await findMove(deps, input)
  if (rows === 'erasing' || rows === 'erased') return
  const moving = await findMoving(deps, input)
  const { move, source, target } = moving
  const { rowsVerified, tables } = await deps.rows.verify(rowsOf(moving, input, 'do'), link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.noteReport(tx, move.id, { rowsVerified, tables })
    const measured = await deps.moves.open(tx, move.tenantId)
    await deps.recordMove(tx, {
      operationId: input.operationId,
      moveId: move.id,
      tenantId: move.tenantId,
      from: { id: source.unit.id, kind: source.unit.kind, name: source.unit.name },
      to: { id: target.unit.id, kind: target.unit.kind, name: target.unit.name },
      freezeLimitMs: FREEZE.limitMs,
      freezeMs: measured?.report.freezeMs ?? null,
      rowsCompared: measured?.report.rowsCompared ?? null,
      rowsVerified,
      tables,
    })
  })
}
