import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { canonicalJson } from '../../platform/json.ts'
import type { Signing } from '../../platform/signing.ts'
import { CHECKPOINT_FORMAT, checkpointHash, FIRST_PREVIOUS, type CheckpointText } from '../../proof/checkpoint.ts'
import { rootOf, type Head } from '../../proof/merkle.ts'
import { checkpointStore } from './audit.checkpoint-store.ts'
import { FROM_THE_BEGINNING, verifyStretch, type Finding } from './audit.verify.ts'

/** A stream that is not what was written: no checkpoint covers it until somebody has looked. */
export type Broken = { stream: string } & Extract<Finding, { intact: false }>
/** What was signed, and what was not. `checkpoint` null: nothing sound has moved. */
export type Signed = { checkpoint: CheckpointText | null; signature: string | null; broken: readonly Broken[] }
export type WriteCheckpoint = (tx: Tx) => Promise<Signed>

type Deps = { signing: Pick<Signing, 'sign'>; clock: Clock }

/**
 * Makes the function that signs where all streams stand. Each stretch since the checkpoint before is recomputed first: the plane
 * signs what it has verified, and names what it has not.
 */
export const createCheckpoints =
  ({ signing, clock }: Deps): WriteCheckpoint =>
  async (tx) => {
    await checkpointStore.lock(tx)
    const { heads, broken } = await soundHeads(tx)
    if (heads.length === 0) return { checkpoint: null, signature: null, broken }
    const before = await checkpointStore.last(tx)
    const state = {
      format: CHECKPOINT_FORMAT,
      sequence: (before?.sequence ?? 0) + 1,
      at: clock.now().toISOString(),
      previous: before?.hash.toString('hex') ?? FIRST_PREVIOUS,
      events: (before?.events ?? 0) + heads.reduce((sum, { sequence, since }) => sum + sequence - since, 0),
      heads: heads.length,
      root: rootOf(heads),
    } as const
    const textWith = (key: string) => canonicalJson({ ...state, key } satisfies CheckpointText)
    const { keyId, signature } = await signing.sign(tx, 'audit', (key) => Buffer.from(textWith(key)))
    const canonical = textWith(keyId)
    const checkpoint = { ...state, key: keyId }
    const { sequence, at, events } = checkpoint
    const bytes = {
      hash: Buffer.from(checkpointHash(canonical), 'hex'),
      signature: Buffer.from(signature, 'base64url'),
    }
    await checkpointStore.insert(tx, { sequence, at, keyId, events, canonical, ...bytes })
    const [streams, sequences, hashes] = [
      heads.map((head) => head.stream),
      heads.map((head) => head.sequence),
      heads.map((head) => Buffer.from(head.hash, 'hex')),
    ]
    await checkpointStore.insertHeads(tx, sequence, streams, sequences, hashes)
    return { checkpoint, signature, broken }
  }

/** Streams that moved and are whole, in the order of roots, and those that are not. */
async function soundHeads(tx: Tx): Promise<{ heads: (Head & { since: number })[]; broken: Broken[] }> {
  const [heads, broken]: [(Head & { since: number })[], Broken[]] = [[], []]
  for (const { stream, sequence, hash, knownSequence, knownHash } of await checkpointStore.moved(tx)) {
    const known =
      knownSequence === null || knownHash === null ? FROM_THE_BEGINNING : { sequence: knownSequence, hash: knownHash }
    const found = await verifyStretch(tx, stream, known, { sequence, hash })
    if (!found.intact) broken.push({ stream, ...found })
    else heads.push({ stream, sequence, hash: hash.toString('hex'), since: known.sequence })
  }
  return { heads, broken }
}
