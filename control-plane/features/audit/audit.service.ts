import { randomBytes } from 'node:crypto'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import { problems as generic } from '../../platform/problems.ts'
import type { Page } from '../../platform/schemas.ts'
import type { Signing } from '../../platform/signing.ts'
import { chainHash, commitment, GENESIS } from '../../proof/chain.ts'
import type { CheckpointText } from '../../proof/checkpoint.ts'
import { canonicalEvent } from './audit.chain.ts'
import { checkpointStore } from './audit.checkpoint-store.ts'
import type { WriteCheckpoint } from './audit.checkpoint.ts'
import { eraseAudit } from './audit.erasure.ts'
import { exportAudit } from './audit.export.ts'
import type { AuditCheckpoint, AuditEvent, AuditQuery, ExportQuery, SignedRecord } from './audit.schema.ts'
import { auditStore } from './audit.store.ts'

/** Makes the function that every feature records its acts with. */
export const createAuditAppend =
  ({ clock }: { clock: Clock }): AuditAppend =>
  async (tx, entry) => {
    const tenantId = entry.tenantId ?? null
    const before = await auditStore.lockHead(tx, entry.stream, tenantId, GENESIS)
    const personal = Object.entries(entry.personal ?? {}).map(([field, plain]) => ({
      field,
      plain,
      salt: randomBytes(16),
    }))
    const place = { id: newId(), sequence: before.sequence + 1, at: clock.now().toISOString() }
    const commitments = Object.fromEntries(personal.map(({ field, plain, salt }) => [field, commitment(salt, plain)]))
    const canonical = canonicalEvent(entry, place, commitments)
    await auditStore.insertEvent(tx, {
      ...place,
      stream: entry.stream,
      tenantId,
      actorId: entry.actor?.operatorId ?? null,
      action: entry.action,
      subject: entry.subject,
      outcome: entry.outcome,
      requestId: entry.requestId ?? entry.actor?.requestId ?? null,
      operationId: entry.operationId ?? null,
      canonical,
      previous: before.hash,
      hash: chainHash(before.hash, canonical),
    })
    if (personal.length > 0) {
      const [fields, salts, plains] = [
        personal.map((p) => p.field),
        personal.map((p) => p.salt),
        personal.map((p) => p.plain),
      ]
      await auditStore.insertPersonal(tx, place.id, tenantId, fields, salts, plains)
    }
    return { id: place.id, sequence: place.sequence }
  }

type Deps = {
  database: Pick<Database, 'transaction'>
  cursors: Cursors
  signing: Pick<Signing, 'keys'>
  audit: AuditAppend
  checkpoint: WriteCheckpoint
  clock: Clock
}
export type AuditService = ReturnType<typeof auditService>

export const auditService = (deps: Deps) => ({
  /** Newest first. Throws `cursor.invalid`, `request.invalid`. */
  async list({ limit = 50, cursor, ...filters }: AuditQuery): Promise<Page<AuditEvent>> {
    assertRange(filters)
    const scope = { list: 'audit', filters }
    const after = deps.cursors.decode(scope, cursor)
    const rows = await deps.database.transaction((tx) => auditStore.list(tx, filters, after, limit + 1))
    return cursorPage({ cursors: deps.cursors, scope, limit, rows, position: ({ at, id }) => [at, id], item: shown })
  },
  /** Newest first. Throws `cursor.invalid`. */
  async checkpoints({ limit = 50, cursor }: { limit?: number; cursor?: string }): Promise<Page<AuditCheckpoint>> {
    const scope = { list: 'audit-checkpoints' }
    const before = deps.cursors.decode(scope, cursor)?.[0]
    const rows = await deps.database.transaction((tx) =>
      checkpointStore.list(tx, before === undefined ? null : Number(before), limit + 1),
    )
    const position = ({ sequence }: { sequence: number }) => [sequence]
    return cursorPage({ cursors: deps.cursors, scope, limit, rows, position, item: shownCheckpoint })
  },
  /** Signs where every stream stands, this very request included. */
  sign: (actor: Actor): Promise<SignedRecord> =>
    deps.database.transaction(async (tx) => {
      await deps.audit(tx, {
        stream: 'installation',
        actor,
        action: 'audit.checkpoint',
        subject: 'installation',
        outcome: 'succeeded',
        requestId: actor.requestId,
        detail: {},
      })
      const { checkpoint, broken } = await deps.checkpoint(tx)
      const row = checkpoint === null ? undefined : await checkpointStore.last(tx)
      return {
        checkpoint: row === undefined ? null : shownCheckpoint(row),
        broken: broken.map(({ stream, sequence, fault, message }) => ({ stream, sequence, fault, message })),
      }
    }),
  /** The whole record or a part of it, as text that verifies by itself. */
  async export(actor: Actor, wanted: ExportQuery): Promise<AsyncGenerator<string>> {
    assertRange(wanted)
    return exportAudit(deps)(actor, wanted)
  },
  erase: eraseAudit(deps),
})

function assertRange({ from, to }: { from?: string; to?: string }): void {
  if (from === undefined || to === undefined || new Date(from) <= new Date(to)) return
  const fault = { in: 'query', pointer: '/to', rule: 'range', message: 'is before from' } as const
  throw generic['request.invalid']({ detail: 'See errors for each field and its rule', fields: [fault] })
}

const shownCheckpoint = ({
  sequence,
  at,
  keyId,
  events,
  canonical,
  hash,
  signature,
}: Awaited<ReturnType<typeof checkpointStore.list>>[number]): AuditCheckpoint => {
  const { heads, previous } = JSON.parse(canonical) as CheckpointText // written by createCheckpoints
  const [ours, mark] = [hash.toString('hex'), signature.toString('base64url')]
  return { sequence, at, key: keyId, events, heads, previous, hash: ours, signature: mark }
}

type Row = Awaited<ReturnType<typeof auditStore.list>>[number]
const shown = ({ canonical, hash, personal, ...row }: Row): AuditEvent => ({
  ...row,
  detail: (JSON.parse(canonical) as { detail: unknown }).detail, // canonical texts are written by canonicalEvent
  personal: personal as Record<string, string>, // jsonb_object_agg over two text columns
  hash: hash.toString('hex'),
})
