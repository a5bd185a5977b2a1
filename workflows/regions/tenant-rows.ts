import type { Link } from '../../stacks/kubernetes/link.ts'
import { abortMove } from '../../stacks/postgres/move/abort.ts'
import { compareChanges } from '../../stacks/postgres/move/changes.ts'
import { settleCopy, startCopy } from '../../stacks/postgres/move/copy.ts'
import { handOver } from '../../stacks/postgres/move/hand-over.ts'
import { inspectSource, movableTables } from '../../stacks/postgres/move/inspect.ts'
import type { Move } from '../../stacks/postgres/move/move.ts'
import { moveProgress } from '../../stacks/postgres/move/progress.ts'
import { retireMove } from '../../stacks/postgres/move/retire.ts'
import { verifyRows } from '../../stacks/postgres/move/verify.ts'

/** `switchRoutes`: sends the tenant's requests to the side that is writable now; safe to repeat. */
export type Turn = { waitMs: number; limitMs: number; switchRoutes: () => Promise<void> }

/** What the workflows ask of the rows of a tenant that moves between two databases: see stacks/postgres/move. */
export interface TenantRows {
  /** Throws `move.refused` with every reason why they cannot move; changes nothing. */
  inspect: (move: Move) => Promise<void>
  /** The same as far as the source alone says it, while there is no target yet. */
  inspectSource: (move: Pick<Move, 'id' | 'tenantId' | 'source'>) => Promise<void>
  /** Starts the copy, which then runs by itself. */
  copy: (move: Move, link: Link) => Promise<void>
  progress: (move: Move) => Promise<{ ready: boolean; tables: number; lagBytes: number; errors: number }>
  /** Settles the copy and compares what was written since it began; what is the same is not looked at in the freeze. */
  compare: (move: Move, link: Link) => Promise<void>
  handOver: (move: Move, turn: Turn, link: Link) => Promise<{ freezeMs: number; rowsCompared: number }>
  verify: (move: Move, link: Link) => Promise<{ rowsVerified: number; tables: number }>
  retire: (move: Move, link: Link) => Promise<{ rowsErased: number }>
  abort: (move: Move, turn: Turn, link: Link) => Promise<{ rowsErased: number }>
}

export const tenantRows: TenantRows = {
  inspect: async (move) => void (await movableTables(move)),
  inspectSource,
  copy: startCopy,
  async progress(move) {
    const { ready, tables, lagBytes, errors } = await moveProgress(move)
    return { ready, tables: tables.length, lagBytes: Math.max(0, Math.round(lagBytes)), errors }
  },
  async compare(move, link) {
    await settleCopy(move, link)
    await compareChanges(move, link)
  },
  handOver,
  async verify(move, link) {
    const { rowsVerified, tables } = await verifyRows(move, link)
    return { rowsVerified, tables: tables.length }
  },
  retire: retireMove,
  abort: abortMove,
}
