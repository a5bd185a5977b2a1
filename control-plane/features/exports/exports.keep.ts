import type { Manifest } from '../../proof/archive.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { seal } from '../../platform/sealing.ts'
import { exportsStore as store } from './exports.store.ts'

/** Days that an export is kept where the region says nothing else. */
export const RETENTION_DAYS = 30
const DAY_MS = 86_400_000

/** What a data key is wrapped for by the key of a tenant's own: it opens for nothing else. */
export const ownKeyContext = (tenantId: string, operationId: string) => ({ tenant: tenantId, export: operationId })
/** What a key is sealed for: it opens as that of no other export. */
export const keyContext = (operationId: string): string => `export:${operationId}`

export type KeptExport = { id: string; sha256: string; bytes: number; keepUntil: string; manifest: Manifest }
export type OwnKeyed = {
  id: string
  operationId: string
  wrappedKey: string
  wrappedBy: string
  keyGeneration: number | null
}
export type Stored = {
  tenantId: string
  operationId: string
  region: string
  retentionDays: number | null
  objectKey: string
  bytes: number
  sha256: string
  manifest: Manifest
  dataKey: Uint8Array
  /** The same wrapped by a key of the tenant’s own, which then is all that opens it; null: the plane’s key does. */
  wrapped: { key: string; by: string; generation: number } | null
}

/** What the step that exports needs of the records. */
export type ExportRecords = {
  /** Now, as an export states it. */
  takenAt: () => string
  /** The export that an operation has kept already. */
  kept: (tx: Tx, operationId: string) => Promise<KeptExport | undefined>
  /** Whether the removal that asks was told to keep none. */
  waived: (tx: Tx, operationId: string) => Promise<boolean>
  /** JSON of what the plane knows of the tenant. */
  configuration: (tx: Tx, tenantId: string) => Promise<string>
  /** The tenant's audit record as lines that verify offline. */
  audit: (tenantId: string) => Promise<AsyncIterable<string>>
  /** Notes a stored export with its key, sealed. */
  keep: (tx: Tx, stored: Stored) => Promise<void>
  /** Exports of a tenant that only its own key opens. */
  ownKeyed: (tx: Tx, tenantId: string) => Promise<OwnKeyed[]>
  /** Notes the data key of one of them as another generation of the same key wraps it, on record; twice is once. */
  rewrapped: (
    tx: Tx,
    tenantId: string,
    one: Pick<OwnKeyed, 'id' | 'wrappedKey'>,
    now: { wrapped: string; generation: number },
  ) => Promise<void>
  /** Seals the data key of one of them with the plane's, on record, because the tenant's own is about to go; twice is once. */
  handOver: (tx: Tx, tenantId: string, one: Pick<OwnKeyed, 'id' | 'operationId'>, dataKey: Uint8Array) => Promise<void>
}

type Deps = {
  clock: Clock
  audit: AuditAppend
  sealingKey: Uint8Array
  /** Pieces of the audit export of one stream, each of whole lines. */
  exportStream: (stream: string) => Promise<AsyncIterable<string>>
}

export const exportRecords = ({ clock, audit, sealingKey, exportStream }: Deps): ExportRecords => ({
  takenAt: () => clock.now().toISOString(),
  async kept(tx, operationId) {
    const row = await store.ofOperation(tx, clock.now().toISOString(), operationId)
    if (row === undefined) return undefined
    const { id, sha256, bytes, keepUntil, manifest } = row
    return { id, sha256, bytes, keepUntil, manifest: manifest as Manifest } // written below
  },
  waived: store.waived,
  configuration: store.configuration,
  audit: async (tenantId) => linesOf(await exportStream(`tenant:${tenantId}`)),
  async keep(tx, { retentionDays, manifest, dataKey, wrapped, ...stored }) {
    const now = clock.now()
    await store.insert(tx, {
      ...stored,
      id: newId(),
      manifest: JSON.stringify(manifest),
      sealedKey: wrapped === null ? seal(sealingKey, keyContext(stored.operationId), dataKey) : null,
      wrappedKey: wrapped?.key ?? null,
      wrappedBy: wrapped?.by ?? null,
      keyGeneration: wrapped?.generation ?? null,
      createdAt: now.toISOString(),
      keepUntil: new Date(now.getTime() + (retentionDays ?? RETENTION_DAYS) * DAY_MS).toISOString(),
    })
  },
  ownKeyed: store.ownKeyed,
  async rewrapped(tx, tenantId, { id, wrappedKey }, { wrapped, generation }) {
    if (!(await store.rewrap(tx, id, wrappedKey, wrapped, generation))) return
    await audit(tx, {
      stream: `tenant:${tenantId}`,
      tenantId,
      actor: null,
      action: 'export.rewrap',
      subject: `export:${id}`,
      outcome: 'succeeded',
      requestId: null,
      detail: { because: 'the key of its own was rotated', generation },
    })
  },
  async handOver(tx, tenantId, { id, operationId }, dataKey) {
    const sealed = seal(sealingKey, keyContext(operationId), dataKey)
    if (!(await store.handOver(tx, id, sealed, clock.now().toISOString()))) return
    await audit(tx, {
      stream: `tenant:${tenantId}`,
      tenantId,
      actor: null,
      action: 'export.hand-over',
      subject: `export:${id}`,
      outcome: 'succeeded',
      requestId: null,
      detail: { because: 'the key of its own was about to be destroyed' },
    })
  },
})

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) for (const line of piece.split('\n')) if (line !== '') yield line
}
