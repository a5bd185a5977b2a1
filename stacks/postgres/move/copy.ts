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
export async function prepareReturn(move: Move, link: Link): Promise<void> {
  await beginFlow(move, 'back', { copy: false, enabled: false }, link)
  if (!(await sidesUnderWay(move)).target.writable) await learn(move)
}

/**
 * What was copied has no statistics until the server finds the time, and is read at once: by the comparison, which would sort a table for each
 * of its ranges, and by the product. A table that is being vacuumed gets them from that.
 */
const learn = (move: Move): Promise<void> =>
  atEnd(move.target, async (statements) => {
    for (const { table } of await describeTables(statements))
      await statements.run('learn what was copied', `analyze (skip_locked) ${table}`)
  })

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
