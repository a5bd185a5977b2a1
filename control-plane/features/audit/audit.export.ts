import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import type { Signing } from '../../platform/signing.ts'
import { GENESIS } from '../../proof/chain.ts'
import {
  checkpointLine,
  endLine,
  eventLine,
  headerLine,
  streamLine,
  type ExportScope,
  type Personal,
} from '../../proof/export-lines.ts'
import { proofOf } from '../../proof/merkle.ts'
import { checkpointStore } from './audit.checkpoint-store.ts'
import type { WriteCheckpoint } from './audit.checkpoint.ts'
import { problems } from './audit.errors.ts'
import { exportStore } from './audit.export-store.ts'
import type { ExportQuery } from './audit.schema.ts'
import { auditStore } from './audit.store.ts'
import { columnsAgree } from './audit.verify.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  signing: Pick<Signing, 'keys'>
  audit: AuditAppend
  checkpoint: WriteCheckpoint
  clock: Clock
}
/** Fixed when the export begins: what is written later is in the next one. */
type Plan = {
  header: string
  scope: ExportScope
  personal: boolean
  /** The newest checkpoint; the export ends at the events it knows. */
  checkpoint: number
  /** Streams that could not be signed are shown to their end: whoever verifies shall find what is wrong. */
  broken: ReadonlySet<string>
  after: { stream: string; sequence: number } | null
}

const [CHECKPOINTS, STREAMS, EVENTS] = [20, 200, 1000]

/**
 * Begins an export: records it, signs where everything stands, and returns its text piece by piece. Each piece is read in a short
 * transaction of its own when the receiver asks for it. Throws `audit.stream-not-found`, `audit.position-not-found`.
 */
export const exportAudit =
  (deps: Deps) =>
  async (actor: Actor | null, wanted: ExportQuery): Promise<AsyncGenerator<string>> =>
    pieces(deps, await deps.database.transaction((tx) => begin(deps, tx, actor, wanted)))

async function begin(deps: Deps, tx: Tx, actor: Actor | null, wanted: ExportQuery): Promise<Plan> {
  const { stream = null, from = null, to = null } = wanted
  const personal = wanted.redact !== true
  const scope = { stream, from, to, after: wanted.after ?? null }
  const after = positionOf(scope.after)
  if (stream !== null && (await auditStore.head(tx, stream)) === undefined) {
    throw problems['audit.stream-not-found']({ detail: `There is no stream ${stream}` })
  }
  if (after !== null && (await exportStore.hashAt(tx, after.stream, after.sequence)) === undefined) {
    throw problems['audit.position-not-found']({ detail: `${after.stream} has no event ${after.sequence}` })
  }
  await deps.audit(tx, {
    stream: 'installation',
    actor,
    action: 'audit.export',
    subject: stream ?? 'installation',
    outcome: 'succeeded',
    requestId: actor?.requestId ?? null,
    detail: { ...scope, personal },
  })
  const { broken } = await deps.checkpoint(tx)
  const keys = await deps.signing.keys(tx, 'audit')
  const newest = await checkpointStore.last(tx)
  return {
    header: headerLine({ at: deps.clock.now().toISOString(), scope, personal, keys }),
    scope,
    personal,
    checkpoint: newest?.sequence ?? 0,
    broken: new Set(broken.map((one) => one.stream)),
    after,
  }
}

function positionOf(text: string | null): Plan['after'] {
  if (text === null) return null
  const at = text.lastIndexOf('@')
  return { stream: text.slice(0, at), sequence: Number(text.slice(at + 1)) }
}

async function* pieces({ database }: Deps, plan: Plan): AsyncGenerator<string> {
  yield `${plan.header}\n`
  for (let done = 0; done < plan.checkpoint; done += CHECKPOINTS) {
    const lines = await database.transaction((tx) => checkpointLines(tx, plan, done))
    yield lines.map((line) => `${line}\n`).join('')
  }
  let [last, events, streams] = ['', 0, 0]
  for (;;) {
    const { stream: only } = plan.scope
    const found = await database.transaction((tx) => exportStore.streams(tx, last, only, plan.checkpoint, STREAMS))
    for (const row of found) {
      last = row.stream
      const stretch = await database.transaction((tx) => stretchOf(tx, plan, row))
      if (stretch === undefined) continue
      streams++
      yield `${streamLine({ stream: row.stream, after: stretch.after, previous: stretch.previous })}\n`
      for (let at = stretch.after; at < stretch.until;) {
        const batch = await database.transaction((tx) => auditStore.stretch(tx, row.stream, at, EVENTS))
        const shown = batch.filter(({ sequence }) => sequence <= stretch.until)
        yield shown.map((event) => `${lineOf(event, plan.personal)}\n`).join('')
        events += shown.length
        at = batch.length < EVENTS ? stretch.until : (batch.at(-1)?.sequence ?? stretch.until)
      }
    }
    if (found.length < STREAMS) break
  }
  yield `${endLine({ events, streams })}\n`
}

type StreamRow = Awaited<ReturnType<typeof exportStore.streams>>[number]
type Stretch = { after: number; previous: string; until: number }

/** What of a stream is asked for; undefined: nothing. */
async function stretchOf(tx: Tx, plan: Plan, row: StreamRow): Promise<Stretch | undefined> {
  const { stream, sequence, signed } = row
  const { scope, after: resumed } = plan
  if (resumed !== null && stream < resumed.stream) return undefined
  const end = plan.broken.has(stream) ? Math.max(sequence, signed ?? 0) : signed
  const until =
    scope.to === null || end === null ? end : await exportStore.signedUntil(tx, stream, scope.to, plan.checkpoint)
  let after = 0
  if (resumed?.stream === stream) after = resumed.sequence
  else if (scope.from !== null) after = ((await exportStore.firstFrom(tx, stream, scope.from)) ?? Infinity) - 1
  if (until === null || (after >= until && resumed?.stream !== stream)) return undefined
  const previous = after === 0 ? GENESIS : await exportStore.hashAt(tx, stream, after)
  return { after, previous: (previous ?? GENESIS).toString('hex'), until }
}

async function checkpointLines(tx: Tx, { scope, checkpoint }: Plan, done: number): Promise<string[]> {
  const to = Math.min(done + CHECKPOINTS, checkpoint)
  const [rows, heads] = [
    await checkpointStore.from(tx, done, to, CHECKPOINTS),
    await checkpointStore.headsOf(tx, done, to),
  ]
  return rows.map(({ sequence, canonical, signature }) => {
    const all = heads
      .filter((head) => head.checkpoint === sequence)
      .map((head) => ({ stream: head.stream, sequence: head.sequence, hash: head.hash.toString('hex') }))
    const shown = scope.stream === null ? all : provenOnly(all, scope.stream)
    return checkpointLine({ signature: signature.toString('base64url'), heads: shown, canonical })
  })
}

/** One stream's head with its way up to the root: an export of one stream says nothing about the others. */
function provenOnly(all: Parameters<typeof proofOf>[0], stream: string) {
  const index = all.findIndex((head) => head.stream === stream)
  const head = all[index]
  return head === undefined ? [] : [{ ...head, index, proof: proofOf(all, index) }]
}

type Row = Awaited<ReturnType<typeof auditStore.stretch>>[number]
const lineOf = (row: Row, personal: boolean): string =>
  eventLine({
    hash: row.hash.toString('hex'),
    personal: personal ? (row.personal as Personal) : {}, // built by the query as exactly that
    altered: !columnsAgree(row),
    canonical: row.canonical,
  })
