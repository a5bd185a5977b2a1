/**
 * Waits between restarts: none before the first, then 1 s doubled up to 60 s (the kubelet's newer curve, KEP-4603; the old one
 * starts at 10 s, which a demonstration cannot wait for). A container that ran for ten minutes starts over.
 */
export type BackOff = { failures: number }

const FIRST_MS = 1_000
const LONGEST_MS = 60_000
const FORGIVEN_AFTER_MS = 600_000

/** The back-off after a container ended that had run for `ranMs`, and how long to wait before the next start, in milliseconds. */
export function afterExit({ failures }: BackOff, ranMs: number): { backOff: BackOff; waitMs: number } {
  const earlier = ranMs >= FORGIVEN_AFTER_MS ? 0 : failures
  const waitMs = earlier === 0 ? 0 : Math.min(FIRST_MS * 2 ** (earlier - 1), LONGEST_MS)
  return { backOff: { failures: earlier + 1 }, waitMs }
}
