import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import type { Phase, StepDeps } from '../steps/step-deps.ts'
import { applyRoute, openEdge, removeRoute } from '../steps/traffic.activities.ts'
import { at, findMove, findMoving, type Moving, publishGuest, rowsOf } from './moving.ts'

/**
 * How long the tenant's open transactions may take to end, new writes being refused meanwhile, and how long a whole freeze may last. What
 * takes longer is given up, and tried again.
 */
export const FREEZE = { waitMs: 2_000, limitMs: 5_000 } as const

/**
 * Sends the tenant's requests to the other place: the records first, then the edge, then the old route, behind which the new one stands
 * already (of two routes for one host a gateway serves the older). Safe to repeat.
 */
export async function switchTo(
  deps: StepDeps,
  input: StepInput,
  { move, ...places }: Moving,
  where: 'source' | 'target',
  phase: Phase,
): Promise<void> {
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.place(tx, move.id, where)
  })
  const [there, left] = where === 'target' ? [places.target, places.source] : [places.source, places.target]
  await openEdge(deps, at(input, there), phase)
  await removeRoute(deps, at(input, left), phase)
}

/**
 * Takes the tenant back to where it came from with every row that was written since, wherever its move broke off: the old place lists and
 * routes it again before the rows are handed back in a freeze. Safe to repeat; nothing for rows that are back.
 */
export async function takeBack(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const { rows } = await findMove(deps, input)
  if (rows === 'none' || rows === 'returned') return // the new place may not even be there
  const moving = await findMoving(deps, input)
  const { move, source, placed } = moving
  if (placed === 'target') await publishGuest(deps, input, { move, where: source, guest: source.unit.id })
  await applyRoute(deps, at(input, source), phase)
  const switchRoutes = () => switchTo(deps, input, moving, 'source', phase)
  const { rowsErased } = await deps.rows.abort(rowsOf(moving, input, phase), { ...FREEZE, switchRoutes }, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.setRows(tx, move.id, 'returned')
    await deps.moves.noteReport(tx, move.id, { rowsErased })
  })
}
