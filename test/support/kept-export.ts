import { mkdtemp } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createCheckpoints } from '../../control-plane/features/audit/audit.checkpoint.ts'
import { exportAudit } from '../../control-plane/features/audit/audit.export.ts'
import { createAuditAppend } from '../../control-plane/features/audit/audit.service.ts'
import { exportRecords } from '../../control-plane/features/exports/exports.keep.ts'
import { exportFolder } from '../../control-plane/platform/export-folder.ts'
import { ARCHIVE_FORMAT, writeArchive, type Section } from '../../control-plane/proof/archive.ts'
import { seal } from '../../stacks/dedicated/seal/seal.ts'
import { mustBe, type Customers } from './customers.ts'

async function* fed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/**
 * An export of a new tenant in a store of its own, made as the worker makes it but for the rows, which are these. Answers its id;
 * `folderOf` says where its file is.
 */
export async function keptExport(
  plane: Customers,
  slug: string,
  rows: readonly string[] = ['{"id":1}', '{"id":2}'],
): Promise<string> {
  const { id: tenantId } = await plane.customer(slug)
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-exports-'))
  await plane.rows(
    `update regions set settings = settings || jsonb_build_object('exportFolder', $1::text) where name = 'local-1'`,
    [folder],
  )
  const { operationId } = mustBe(202, await plane.call('POST', `/v1/tenants/${slug}/export`))
  const { worker: database, signing, clock, sealingKey } = plane
  const [audit, checkpoint] = [createAuditAppend({ clock }), createCheckpoints({ signing, clock })]
  const take = exportAudit({ database, signing, audit, checkpoint, clock })
  const records = exportRecords({ clock, audit, sealingKey, exportStream: (stream) => take(null, { stream }) })
  const operation = String(operationId)
  const header = {
    format: ARCHIVE_FORMAT,
    tenant: { id: tenantId, slug },
    operationId: operation,
    unit: 'main',
    region: 'local-1',
    product: 'ledger',
    version: '1.0.0',
    schema: 1,
    data: 'rows',
    takenAt: records.takenAt(),
  } as const
  const configuration = await database.transaction((tx) => records.configuration(tx, tenantId))
  const sections: Section[] = [
    { name: 'configuration', lines: fed([configuration]) },
    { name: 'audit', lines: await records.audit(tenantId) },
    { name: 'table "public"."entries"', lines: fed(rows) },
  ]
  const [dataKey, objectKey] = [randomBytes(32), `${tenantId}/${operation}`]
  const archive = writeArchive(header, fed(sections))
  const stored = await exportFolder(folder).put(
    objectKey,
    seal(archive.text, dataKey, 'test'),
    AbortSignal.timeout(30_000),
  )
  const manifest = archive.manifest()
  await database.transaction((tx) =>
    records.keep(tx, {
      tenantId,
      operationId: operation,
      region: 'local-1',
      retentionDays: null,
      objectKey,
      ...stored,
      manifest,
      dataKey,
      wrapped: null,
    }),
  )
  await plane.finish(operationId)
  const [row] = await plane.rows('select id from exports where operation_id = $1', [operation])
  return String(row?.['id'])
}
