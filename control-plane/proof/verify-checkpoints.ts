import { CHECKPOINT_FORMAT, checkpointHash, FIRST_PREVIOUS, type CheckpointText } from './checkpoint.ts'
import { checkpointText, type ShownHead } from './export-lines.ts'
import { Found } from './finding.ts'
import { rootFrom, rootOf } from './merkle.ts'
import { isSignedBy, type PublicKey } from './signatures.ts'

type Parsed = Readonly<Record<string, unknown>>
/** Keys that may sign, by id. */
export type Trust = ReadonlyMap<string, PublicKey>

/** Follows the chain of checkpoints; each line is proved before what it says about streams is believed. */
export function createCheckpointChain() {
  /** Hashes by number, so that a later file cannot tell another story. */
  const hashes: string[] = []
  let last = 0
  return {
    /** A new file tells the chain from its beginning. */
    restart: () => void (last = 0),
    count: () => hashes.length,
    /** There are no more in this file. Throws `Found` when an earlier one knew more. */
    complete(): void {
      if (last < hashes.length) throw new Found('checkpoint-missing', { sequence: last + 1 })
    },
    /** Returns what the checkpoint says about streams and who signed it. Throws `Found`. */
    take(line: string, parsed: Parsed, trust: Trust): { shown: readonly ShownHead[]; key: string } {
      const text = checkpointText(line)
      const checkpoint = parsed['checkpoint']
      if (!isCheckpoint(checkpoint) || typeof parsed['signature'] !== 'string' || !areHeads(parsed['heads'])) {
        throw new Found('malformed')
      }
      const { sequence } = checkpoint
      if (sequence !== last + 1) throw new Found('checkpoint-missing', { sequence: last + 1 })
      const key = trust.get(checkpoint.key)
      if (key === undefined) throw new Found('wrong-key', { sequence })
      if (!isSignedBy(key.publicKey, Buffer.from(text), parsed['signature']))
        throw new Found('bad-signature', { sequence })
      if (checkpoint.previous !== (hashes[last - 1] ?? FIRST_PREVIOUS))
        throw new Found('checkpoint-edited', { sequence })
      if (!headsAreTrue(parsed['heads'], checkpoint)) throw new Found('checkpoint-edited', { sequence })
      const hash = checkpointHash(text)
      if ((hashes[last] ?? hash) !== hash) throw new Found('checkpoint-fork', { sequence })
      hashes[last] = hash
      last = sequence
      return { shown: parsed['heads'], key: key.id }
    },
  }
}

/** All heads together make the root, or each one proves its place under it. */
function headsAreTrue(heads: readonly ShownHead[], { heads: count, root }: CheckpointText): boolean {
  if (heads.every(({ proof }) => proof === undefined) && heads.length === count) return rootOf(heads) === root
  return heads.every((head) => rootFrom(head, head.index ?? -1, count, head.proof ?? []) === root)
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function isCheckpoint(value: unknown): value is CheckpointText {
  if (!isRecord(value) || value['format'] !== CHECKPOINT_FORMAT) return false
  const [numbers, texts] = [
    ['sequence', 'events', 'heads'],
    ['at', 'previous', 'key', 'root'],
  ]
  return (
    (numbers ?? []).every((name) => Number.isSafeInteger(value[name])) &&
    (texts ?? []).every((name) => typeof value[name] === 'string')
  )
}

const areHeads = (value: unknown): value is ShownHead[] =>
  Array.isArray(value) &&
  value.every(
    (head) =>
      isRecord(head) &&
      typeof head['stream'] === 'string' &&
      Number.isSafeInteger(head['sequence']) &&
      typeof head['hash'] === 'string' &&
      (head['proof'] === undefined ||
        (Array.isArray(head['proof']) && head['proof'].every((part) => typeof part === 'string'))),
  )
