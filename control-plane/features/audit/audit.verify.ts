import type { Database, Tx } from '../../platform/database.ts'
import { canonicalJson } from '../../platform/json.ts'
import { chainHash, commitment, GENESIS } from './audit.chain.ts'
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

/**
 * Recomputes a stream from its first event and compares each event with the chain, its own columns and the head. What it cannot
 * see is a whole tail cut off together with a head set back: keep a head elsewhere (for example in the log) to compare with.
 */
export async function verifyStream(database: Pick<Database, 'transaction'>, stream: string): Promise<Finding> {
  return database.transaction(async (tx) => {
    let expected: Expected = { sequence: 1, previous: GENESIS }
    for (;;) {
      const rows = await auditStore.stretch(tx, stream, expected.sequence - 1, BATCH)
      for (const row of rows) {
        const fault = faultOf(row, expected)
        if (fault !== undefined) {
          const place =
            fault === 'missing' ? { sequence: expected.sequence, id: null } : { sequence: row.sequence, id: row.id }
          return { intact: false, ...place, fault, message: MESSAGES[fault] }
        }
        expected = { sequence: row.sequence + 1, previous: row.hash }
      }
      if (rows.length < BATCH) return compareHead(tx, stream, expected)
    }
  })
}

async function compareHead(tx: Tx, stream: string, { sequence, previous }: Expected): Promise<Finding> {
  const head = (await auditStore.head(tx, stream)) ?? { sequence: 0, hash: GENESIS }
  const events = sequence - 1
  if (head.sequence === events && head.hash.equals(previous)) return { intact: true, events }
  const fault = head.sequence > events ? 'missing' : 'inserted'
  return {
    intact: false,
    sequence: head.sequence > events ? sequence : head.sequence + 1,
    id: null,
    fault,
    message: MESSAGES[fault],
  }
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
function columnsAgree(row: Row): boolean {
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
