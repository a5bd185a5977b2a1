import type { Database, Tx } from '../../platform/database.ts'
import { canonicalJson } from '../../platform/json.ts'
import { chainHash, commitment, GENESIS } from '../../proof/chain.ts'
import { auditStore } from './audit.store.ts'

export type Finding =
  | { intact: true; events: number }
  /** The first event at which the record is not what was written: its place in the stream and what is wrong there. */
  | { intact: false; sequence: number; id: string | null; fault: Fault; message: string }
export type Fault = 'edited' | 'missing' | 'inserted' | 'personal-edited'

type Row = Awaited<ReturnType<typeof auditStore.stretch>>[number]
type Expected = { sequence: number; previous: Buffer }

const BATCH = 500
const MESSAGES: Readonly<Record<Fault, string>> = {
  edited: 'its text, hash or columns were changed after it was written',
  missing: 'an event that the chain needs here is not there',
  inserted: 'it does not continue the event before: it was put in, moved, or what stood before it was taken out',
  'personal-edited': 'a personal value beside it is not the one that was written',
}

/** Up to where a stream is known to be whole. */
export type Known = { sequence: number; hash: Buffer }
export const FROM_THE_BEGINNING: Known = { sequence: 0, hash: GENESIS }

/** `verifyStretch` of a whole stream, in a transaction of its own. */
export const verifyStream = (database: Pick<Database, 'transaction'>, stream: string): Promise<Finding> =>
  database.transaction(async (tx) =>
    verifyStretch(tx, stream, FROM_THE_BEGINNING, (await auditStore.head(tx, stream)) ?? FROM_THE_BEGINNING),
  )

const found = (fault: Fault, sequence: number, id: string | null = null): Finding => ({
  intact: false,
  sequence,
  id,
  fault,
  message: MESSAGES[fault],
})

/**
 * Recomputes a stream from where it is known to be whole up to its head, and compares each event with the chain and with its own
 * columns. What it cannot see is a whole tail cut off together with a head set back: signed checkpoints can.
 */
export async function verifyStretch(tx: Tx, stream: string, known: Known, head: Known): Promise<Finding> {
  let expected: Expected = { sequence: known.sequence + 1, previous: known.hash }
  while (expected.sequence <= head.sequence) {
    const rows = await auditStore.stretch(tx, stream, expected.sequence - 1, BATCH)
    for (const row of rows.filter(({ sequence }) => sequence <= head.sequence)) {
      const fault = faultOf(row, expected)
      if (fault === 'missing') break
      if (fault !== undefined) return found(fault, row.sequence, row.id)
      expected = { sequence: row.sequence + 1, previous: row.hash }
    }
    if (rows.length < BATCH || rows.some(({ sequence }) => sequence > head.sequence)) break
  }
  if (expected.sequence <= head.sequence) return found('missing', expected.sequence)
  if (head.sequence < known.sequence) return found('missing', head.sequence + 1)
  if (!expected.previous.equals(head.hash)) return found('edited', head.sequence)
  return (await isBeyond(tx, stream, head))
    ? found('inserted', head.sequence + 1)
    : { intact: true, events: head.sequence - known.sequence }
}

/** Whether events stand behind a head that has not moved meanwhile. */
async function isBeyond(tx: Tx, stream: string, head: Known): Promise<boolean> {
  if ((await auditStore.stretch(tx, stream, head.sequence, 1)).length === 0) return false
  return ((await auditStore.head(tx, stream))?.sequence ?? 0) === head.sequence
}

function faultOf(row: Row, expected: Expected): Fault | undefined {
  if (row.sequence > expected.sequence) return 'missing'
  const honest = chainHash(row.previous, row.canonical).equals(row.hash) && columnsAgree(row)
  if (!honest) return 'edited'
  if (!row.previous.equals(expected.previous)) return 'inserted'
  return personalAgrees(row) ? undefined : 'personal-edited'
}

type Canonical = { personal: Record<string, string>; detail: unknown; actor: { id: string } | null } & Record<
  string,
  unknown
>

/** Columns are there to be searched; each must say what the hashed text says. */
export function columnsAgree(row: Row): boolean {
  const { detail: _detail, personal: _personal, actor, ...said } = parsed(row)
  const { sequence, id, stream, tenantId, at, action, subject, outcome, requestId, operationId } = row
  const shown = { sequence, id, stream, tenantId, at, action, subject, outcome, requestId, operationId }
  return canonicalJson(said) === canonicalJson(shown) && (actor?.id ?? null) === row.actorId
}

/** A value that was erased is no fault; one that is there must be the one committed to. */
function personalAgrees(row: Row): boolean {
  const commitments = parsed(row).personal
  const values = row.personal as Record<string, [salt: string, plain: string]> // built by the query as exactly that
  return Object.entries(values).every(
    ([field, [salt, plain]]) => commitments[field] === commitment(Buffer.from(salt, 'hex'), plain),
  )
}

/** Read only after the hash has proved that we wrote it, or to find out that it does not even parse. */
function parsed(row: Row): Canonical {
  try {
    return JSON.parse(row.canonical) as Canonical
  } catch {
    return { personal: {}, detail: null, actor: null }
  }
}
