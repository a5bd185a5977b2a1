/** Rejects with the signal's reason once it is aborted, never resolves: for racing against what cannot be stopped itself. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  aborted.catch(() => undefined) // whoever races against it sees it
  return aborted
}
