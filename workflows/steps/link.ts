import { heartbeat } from '@temporalio/activity'
import type { Problem } from '../../control-plane/domain/problem.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { effectSignal } from '../worker/step-signal.ts'

/** How an effect says where it is, and how a cancelled or stopped activity ends it. */
export const link = (): Link => ({ signal: effectSignal(), onEvent: heartbeat })

/**
 * Waits with a deadline of its own. A condition that did not come true in that time is a fault of the world, told as
 * `overdue`; an attempt that was cancelled ends as such.
 */
export async function within(
  ms: number,
  overdue: (cause: unknown) => Problem,
  wait: (link: Link) => Promise<unknown>,
): Promise<void> {
  const outer = link()
  const deadline = AbortSignal.timeout(ms)
  try {
    await wait({ ...outer, signal: AbortSignal.any([outer.signal, deadline]) })
  } catch (error) {
    throw deadline.aborted && !outer.signal.aborted ? overdue(error) : error
  }
}
