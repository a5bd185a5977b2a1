import { AsyncLocalStorage } from 'node:async_hooks'
import { cancellationSignal } from '@temporalio/activity'

const disowned = new AsyncLocalStorage<AbortSignal>()

/** Runs an effect under a signal of its own beside that of its activity: aborted when the operation is no longer ours. */
export const underSignal = <T>(signal: AbortSignal, effect: () => Promise<T>): Promise<T> =>
  disowned.run(signal, effect)

/** What ends the present effect: a cancel, a stopping worker, or that its operation was settled by somebody else. */
export function effectSignal(): AbortSignal {
  const own = disowned.getStore()
  return own ? AbortSignal.any([cancellationSignal(), own]) : cancellationSignal()
}
