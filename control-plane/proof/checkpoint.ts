import { createHash } from 'node:crypto'

/** What is signed: where every stream that moved since the checkpoint before now stands, and that checkpoint's hash. */
export type CheckpointText = {
  format: 'steward-checkpoint/1'
  sequence: number
  at: string
  /** Hash of the checkpoint before, in hex; zeros before the first. */
  previous: string
  /** Id of the signing key. */
  key: string
  /** Events in all streams that this and the checkpoints before cover. */
  events: number
  /** How many heads moved, and the Merkle root over them, ordered by stream. */
  heads: number
  root: string
}
export const CHECKPOINT_FORMAT = 'steward-checkpoint/1'
export const FIRST_PREVIOUS = '0'.repeat(64)

export const checkpointHash = (canonical: string): string => createHash('sha256').update(canonical).digest('hex')

/** Streams in the one order that roots and exports use, whatever a database's collation says. */
export const byStream = (a: { stream: string }, b: { stream: string }): number =>
  a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0
