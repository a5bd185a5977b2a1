import { setTimeout as pause } from 'node:timers/promises'

/** How a long action is stopped (`signal`), and how it says where it is (`onEvent`: one plain sentence, never a secret). */
export type Link = { signal: AbortSignal; onEvent?: (event: { message: string }) => void }

/** For callers that can neither stop nor listen. */
export const unlinked: Link = { signal: new AbortController().signal }

/** Waits `ms` milliseconds; throws the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await pause(ms, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted() // the caller's own reason, not the timer's AbortError
    throw error
  })
}
