import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { canonicalJson } from '../../platform/json.ts'
import type { Signing } from '../../platform/signing.ts'
import { CHECKPOINT_FORMAT, checkpointHash, FIRST_PREVIOUS, type CheckpointText } from '../../proof/checkpoint.ts'
import { rootOf, type Head } from '../../proof/merkle.ts'
import { checkpointStore } from './audit.checkpoint-store.ts'
import { FROM_THE_BEGINNING, verifyStretch, type Finding, type Known } from './audit.verify.ts'

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
  for (const row of await checkpointStore.moved(tx)) {
    const { stream } = row
    const [known, head] = [knownOf(row), headOf(row)]
    const lost = row.gone && head.sequence >= known.sequence // nearer than at the end: where the first one is missing
    const found = await verifyStretch(tx, stream, lost ? FROM_THE_BEGINNING : known, head)
    if (!found.intact) broken.push({ stream, ...found })
    else heads.push({ stream, sequence: head.sequence, hash: head.hash.toString('hex'), since: known.sequence })
  }
  return { heads, broken }
}

type Moved = Awaited<ReturnType<typeof checkpointStore.moved>>[number]
const knownOf = ({ knownSequence: sequence, knownHash: hash }: Moved): Known =>
  sequence === null || hash === null ? FROM_THE_BEGINNING : { sequence, hash }
/** A stream whose row was deleted stands at its beginning. */
const headOf = ({ sequence, hash }: Moved): Known =>
  sequence === null || hash === null ? FROM_THE_BEGINNING : { sequence, hash }
