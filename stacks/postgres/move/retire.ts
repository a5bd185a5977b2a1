import type { Link } from '../../kubernetes/link.ts'
import { endFlow } from './flow.ts'
import { dropGuard } from './guard.ts'
import { eraseRows } from './erase.ts'
import { moveProblems } from './move.errors.ts'
import { asStep, atBoth, flowOf, type Move } from './move.ts'
import { readSide, sideTable } from './side.ts'

/**
 * Ends a move that was handed over: both ways, then the tenant's rows at the source, then the guards, the source's last. From here on
 * there is no way back. Safe to repeat; of an ended move nothing is left to do. Throws `move.not-handed-over`.
 */
export async function retireMove(move: Move, link: Link): Promise<{ rowsErased: number }> {
  return asStep(move, link, (held) =>
    atBoth(flowOf(move, 'out'), async (source, target) => {
      const [here, there] = [await readSide(source, move), await readSide(target, move)]
      if (here?.aborting || there?.aborting) throw moveProblems['move.aborting']()
      if (here?.writable || (there !== undefined && !there.writable)) throw moveProblems['move.not-handed-over']()
      if (here === undefined && there !== undefined) throw moveProblems['move.not-handed-over']() // the source's guard is the last to go
      held()
      if (here) await source.run('mark as retiring', `update ${sideTable(move)} set retiring = true`)
      await endFlow(flowOf(move, 'out'), held, link)
      await endFlow(flowOf(move, 'back'), held, link)
      const rowsErased = here === undefined ? 0 : await eraseRows(source, move, held, link)
      await dropGuard(target, move, held)
      await dropGuard(source, move, held)
      return { rowsErased }
    }),
  )
}
