import { randomBytes } from 'node:crypto'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { canonicalEvent, chainHash, commitment, GENESIS } from './audit.chain.ts'
import type { AuditEvent, AuditQuery } from './audit.schema.ts'
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

type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors }

export const auditService = ({ database, cursors }: Deps) => ({
  /** Newest first. Throws `cursor.invalid`. */
  async list({ limit = 50, cursor, ...filters }: AuditQuery): Promise<Page<AuditEvent>> {
    const scope = { list: 'audit', filters }
    const after = cursors.decode(scope, cursor)
    const rows = await database.transaction((tx) => auditStore.list(tx, filters, after, limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ at, id }) => [at, id], item: shown })
  },
})

type Row = Awaited<ReturnType<typeof auditStore.list>>[number]
const shown = ({ canonical, hash, personal, ...row }: Row): AuditEvent => ({
  ...row,
  detail: (JSON.parse(canonical) as { detail: unknown }).detail, // canonical texts are written by canonicalEvent
  personal: personal as Record<string, string>, // jsonb_object_agg over two text columns
  hash: hash.toString('hex'),
})
