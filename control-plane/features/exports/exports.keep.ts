import type { Manifest } from '../../proof/archive.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { seal } from '../../platform/sealing.ts'
import { exportsStore as store } from './exports.store.ts'

/** Days that an export is kept where the region says nothing else. */
export const RETENTION_DAYS = 30
const DAY_MS = 86_400_000

/** What a key is sealed for: it opens as that of no other export. */
export const keyContext = (operationId: string): string => `export:${operationId}`

export type KeptExport = { id: string; sha256: string; bytes: number; keepUntil: string; manifest: Manifest }
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
}

type Deps = {
  clock: Clock
  sealingKey: Uint8Array
  /** Pieces of the audit export of one stream, each of whole lines. */
  exportStream: (stream: string) => Promise<AsyncIterable<string>>
}

export const exportRecords = ({ clock, sealingKey, exportStream }: Deps): ExportRecords => ({
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
  async keep(tx, { retentionDays, manifest, dataKey, ...stored }) {
    const now = clock.now()
    await store.insert(tx, {
      ...stored,
      id: newId(),
      manifest: JSON.stringify(manifest),
      sealedKey: seal(sealingKey, keyContext(stored.operationId), dataKey),
      createdAt: now.toISOString(),
      keepUntil: new Date(now.getTime() + (retentionDays ?? RETENTION_DAYS) * DAY_MS).toISOString(),
    })
  },
})

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) for (const line of piece.split('\n')) if (line !== '') yield line
}
