import type { Link } from '../../kubernetes/link.ts'
import type { Held } from '../fence.ts'
import type { FreezeLimits } from './barrier.ts'
import { eraseRows } from './erase.ts'
import { endFlow } from './flow.ts'
import { dropGuard, markAborting } from './guard.ts'
import { startReturn } from './hand-over.ts'
import { moveProblems } from './move.errors.ts'
import { asStep, atBoth, atEnd, flowOf, type Move } from './move.ts'
import { readSide, readSides, sideTable } from './side.ts'
import { describeTables } from './tables.ts'
import { refuseLost } from './slot.ts'
import { settle, turn } from './turn.ts'

export type Abort = FreezeLimits & {
  /** Sends the tenant's requests to the source. Safe to repeat; also called where they have never left it. */
  switchRoutes: () => Promise<void>
}

/**
 * Takes a move back at any moment before it is retired: what was written at the target after the hand-over is drained to the source in a
 * freeze like that of the hand-over, the source is opened, and all that the move made goes, the target's copy of the rows with it. Safe
 * to repeat. Throws what a hand-over throws, and `move.return-lost` before anything is changed; the side that was writable stays so until
 * the other one is.
 */
export async function abortMove(
  move: Move,
  { switchRoutes, ...limits }: Abort,
  link: Link,
): Promise<{ rowsErased: number }> {
  return asStep(move, link, async (held) => {
    await refuseRetired(move)
    const { source, target } = await readSides(move)
    if (target?.writable) await atEnd(move.target, (there) => refuseLost(there, move, 'back')) // before anything is marked: it could still be retired
    await markAborting(move)
    if (target?.writable) await comeBack(move, limits, held, link)
    else if (source && !source.writable) {
      held() // both are closed: broken off inside a freeze, with nothing written on either side since they were equal
      await atEnd(move.source, ({ run }) => run('open the source', `update ${sideTable(move)} set writable = true`))
    }
    if (source) await switchRoutes()
    await endFlow(flowOf(move, 'out'), held, link)
    await endFlow(flowOf(move, 'back'), held, link)
    return atBoth(flowOf(move, 'out'), async (from, to) => {
      const left = await readSide(to, move)
      const rowsErased = left?.ours && !left.writable ? await eraseRows(to, move, held, link) : 0
      await dropGuard(from, move, held)
      await dropGuard(to, move, held)
      return { rowsErased }
    })
  })
}

/** A retired move has erased rows at the source already, or is about to: nothing leads back there. */
async function refuseRetired(move: Move): Promise<void> {
  const { source } = await readSides(move)
  if (source?.retiring) throw moveProblems['move.retiring']()
}

async function comeBack(move: Move, limits: FreezeLimits, held: Held, link: Link): Promise<void> {
  await startReturn(move, held, link)
  const tables = await atEnd(move.target, describeTables)
  const step = { move, way: 'back', tables, held, signal: link.signal } as const
  await settle(step)
  await turn(step, limits)
}
