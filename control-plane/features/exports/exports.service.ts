import type { Readable } from 'node:stream'
import type { StackTarget } from '../../domain/region-settings.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { storeProblems, type ExportStore } from '../../platform/export-folder.ts'
import type { ExportPlace } from '../../platform/export-stores.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { unseal } from '../../platform/sealing.ts'
import { tenantKeyAt, type TenantKeys } from '../../platform/tenant-keys.ts'
import type { Manifest } from '../../proof/archive.ts'
import { problems } from './exports.errors.ts'
import { keyContext, ownKeyContext } from './exports.keep.ts'
import type { Export, ExportKey, ListExports } from './exports.schema.ts'
import { exportsStore as store, type ExportRow } from './exports.store.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  sealingKey: Uint8Array
  tenantKeys: Pick<TenantKeys, 'unwrap'>
  /** Throws `tenant.not-found`. */
  findTenant: (tx: Tx, reference: string) => Promise<{ id: string }>
  openStore: (place: ExportPlace) => Pick<ExportStore, 'get'> | null
}

export type ExportsService = {
  /** Newest first. Throws `tenant.not-found`, `cursor.invalid`. */
  list: (wanted: ListExports) => Promise<Page<Export>>
  /** Throws `export.not-found`. */
  get: (id: string) => Promise<Export>
  /** The sealed bytes. Throws `export.not-found`, `export.deleted`, `export.missing`, `export.store-unreachable`. */
  content: (actor: Actor, id: string) => Promise<{ bytes: number; file: string; stream: Readable }>
  /** The key that opens them. Throws `export.not-found`, `export.deleted`, `export.unreadable`, `tenant-key.*`. */
  open: (actor: Actor, id: string) => Promise<ExportKey>
}

/** What was exported, and the way to take it away. */
export const exportsService = (deps: Deps): ExportsService => ({
  list: (wanted) => deps.database.transaction((tx) => list(deps, tx, wanted)),
  get: (id) => deps.database.transaction(async (tx) => shown(await found(deps, tx, id))),
  async content(actor, id) {
    const row = await deps.database.transaction(async (tx) => {
      const one = keptOnly(await found(deps, tx, id))
      await record(deps, tx, actor, 'export.download', one)
      return one
    })
    const kept = deps.openStore(row.place as ExportPlace) // as it was registered
    if (kept === null) throw storeProblems['export.store-unreachable']({ detail: `${row.region} names no store` })
    const stream = await kept.get(row.objectKey)
    return { bytes: row.bytes, file: `${row.slug}-${row.id}.sealed`, stream }
  },
  async open(actor, id) {
    const kept = await deps.database.transaction(async (tx) => {
      const row = keptOnly(await found(deps, tx, id))
      return { ...row, ...(await store.key(tx, id)) }
    })
    const key = await opened(deps, kept)
    return deps.database.transaction(async (tx) => {
      await record(deps, tx, actor, 'export.open', keptOnly(await found(deps, tx, id)))
      return { key: key.toString('base64url') }
    })
  },
})

async function list(
  { clock, cursors, findTenant }: Deps,
  tx: Tx,
  { limit = 50, cursor, tenant }: ListExports,
): Promise<Page<Export>> {
  const tenantId = tenant === undefined ? null : (await findTenant(tx, tenant)).id
  const scope = { list: 'exports', filters: { tenant: tenantId } }
  const position = cursors.decode(scope, cursor)
  const before = position === undefined ? null : String(position[0])
  const rows = await store.list(tx, clock.now().toISOString(), tenantId, before, limit + 1)
  return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item: shown })
}

type Key = Awaited<ReturnType<typeof store.key>>
/** By the plane's key where that seals it, else by the tenant's own, where that is. */
async function opened(
  { sealingKey, tenantKeys }: Deps,
  { tenantId, operationId, sealedKey, wrappedKey, wrappedBy, stackTarget }: ExportRow & Key,
): Promise<Buffer> {
  if (sealedKey === null && wrappedKey !== null && wrappedBy !== null) {
    const at = tenantKeyAt(stackTarget as StackTarget | null, wrappedBy) // as it was registered
    if (at === undefined) throw problems['export.unreadable']({ detail: `nothing says where key ${wrappedBy} is` })
    return tenantKeys.unwrap(at, wrappedKey, ownKeyContext(tenantId, operationId))
  }
  const key = sealedKey && unseal(sealingKey, keyContext(operationId), sealedKey)
  if (!key) throw problems['export.unreadable']()
  return key
}

async function found({ clock }: Deps, tx: Tx, id: string): Promise<ExportRow> {
  const row = await store.find(tx, clock.now().toISOString(), id)
  if (row === undefined) throw problems['export.not-found']({ detail: `There is no export ${id}` })
  return row
}

function keptOnly(row: ExportRow): ExportRow {
  if (row.deletedAt === null) return row
  throw problems['export.deleted']({ detail: `It was deleted at ${row.deletedAt}` })
}

function shown(row: ExportRow): Export {
  const { objectKey: _key, place: _place, held, manifest, ...rest } = row
  const state = row.deletedAt !== null ? 'deleted' : held ? 'held' : 'kept'
  return { ...rest, state, sections: [...(manifest as Manifest).sections] } // written by `keep`
}

const record = ({ audit }: Deps, tx: Tx, actor: Actor, action: string, { id, tenantId, operationId }: ExportRow) =>
  audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action,
    subject: `export:${id}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail: { operationId },
  })
