import type { Statements } from '../product-server.ts'
import { moveProblems } from './move.errors.ts'
import { flowOf, type Move, type Way } from './move.ts'

/** Whether the log that a way is read from is gone: its slot was dropped, or kept more than the server allows and was given up. */
export async function isLost({ run }: Statements, move: Move, way: Way): Promise<boolean> {
  const [slot] = await run<{ status: string | null }>(
    'look at the slot',
    'select wal_status as status from pg_replication_slots where slot_name = $1',
    [flowOf(move, way).name],
  )
  return !slot || slot.status === 'lost'
}

/** Throws `move.slot-lost`, of the way back `move.return-lost`. `from`: where the way begins. */
export async function refuseLost(from: Statements, move: Move, way: Way): Promise<void> {
  if (!(await isLost(from, move, way))) return
  throw moveProblems[way === 'out' ? 'move.slot-lost' : 'move.return-lost']({
    detail: `slot ${flowOf(move, way).name}`,
  })
}
