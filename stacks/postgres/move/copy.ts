import type { Link } from '../../kubernetes/link.ts'
import { beginMove } from './guard.ts'
import { movableTables } from './inspect.ts'
import { endFlow, makeSlot, publish, subscribe } from './flow.ts'
import { asStep, atEnd, flowOf, type Move, type Way } from './move.ts'
import { sidesUnderWay } from './side.ts'
import { describeTables } from './tables.ts'

/**
 * Starts the copy of the tenant's rows: guards, publication with row filter, slot, subscription that takes a snapshot and follows from
 * there. Returns when the copy runs by itself. Safe to repeat. Throws `move.refused` before anything is made, and what else
 * `moveProblems` and `databaseProblems` list.
 */
export async function startCopy(move: Move, link: Link): Promise<void> {
  await beginMove(move, link)
  await beginFlow(move, 'out', { copy: true, enabled: true }, link)
}

/**
 * Makes the way back ready, without using it yet: publication and slot at the target, a subscription at the source that is not enabled.
 * The slot waits for open transactions of the whole cluster, which is why it is not left to the freeze.
 */
export const prepareReturn = (move: Move, link: Link): Promise<void> =>
  beginFlow(move, 'back', { copy: false, enabled: false }, link)

/**
 * Does what the server would do of itself minutes later, when the rows have been read and the way back keeps the log. Rows that nobody has
 * looked at are marked by the first who does, page by page, which with `wal_log_hints` or checksums writes all of the copy to the log
 * once more: the slot of a move of 1 GB was given up by that. And without statistics the comparison sorts a table for each of its ranges.
 * A copy commits without waiting for the disk, and rows can be marked only once their commit is there: a commit that waits goes first.
 * Before `prepareReturn`; nothing once the target can be written.
 */
export async function settleCopy(move: Move, link: Link): Promise<void> {
  if ((await sidesUnderWay(move)).target.writable) return
  await atEnd(move.target, async (statements) => {
    await statements.run('wait as long as it takes', 'set statement_timeout = 0; set lock_timeout = 0') // a vacuum of the server's own may be at work
    await statements.run('wait for the disk', `select pg_logical_emit_message(true, 'steward', 'settle')`)
    for (const { table } of await describeTables(statements)) {
      link.signal.throwIfAborted()
      await statements.run('settle what was copied', `vacuum (analyze) ${table}`)
      link.onEvent?.({ message: `settled ${table}` })
    }
  })
}

/** Publication, slot and subscription of one way; nothing once the target can be written, because then both are there. */
async function beginFlow(
  move: Move,
  way: Way,
  subscription: { copy: boolean; enabled: boolean },
  link: Link,
): Promise<void> {
  const flow = flowOf(move, way)
  await asStep(move, link, async (held) => {
    if ((await sidesUnderWay(move)).target.writable) return
    await publish(move, flow, await movableTables(move), held)
  })
  if ((await sidesUnderWay(move)).target.writable) return
  await makeSlot(flow)
  await asStep(move, link, async (held) => {
    const { target } = await sidesUnderWay(move)
    if (!target.writable) await subscribe(flow, subscription, held)
  }).catch((error: unknown) => takeLateSlotBack(move, error, way))
}

/** A slot is made outside of the fence: where a newer operation has ended the move meanwhile, it would keep the log for ever. */
async function takeLateSlotBack(move: Move, error: unknown, way: Way): Promise<never> {
  const ended = await sidesUnderWay(move).then(
    () => false,
    () => true,
  )
  if (ended) await endFlow(flowOf(move, way), () => {}, { signal: new AbortController().signal }).catch(() => {})
  throw error
}
