import { randomBytes } from 'node:crypto'
import { type ArchiveHeader, ARCHIVE_FORMAT, type Section, writeArchive } from '../../control-plane/proof/archive.ts'
import { seal } from '../../stacks/dedicated/seal/seal.ts'
import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { problems } from '../steps/steps.errors.ts'
import { findTenant, type StepDeps } from '../steps/step-deps.ts'
import type { EXPORT_TENANT } from './export-tenant.policy.ts'

const DATA_KEY_BYTES = 32
/** In the sealed file's header, to be read without a key: whose key opens it is in the plane's records. */
const labelOf = (operationId: string): string => `steward.export.${operationId}`

/**
 * The step that keeps a tenant: written to the store of its region under a key of the operation's own, so that a repeat writes over
 * what an attempt before it left, and noted when all of it is there. What was noted once is not made again.
 */
export const exportTenantActivities = (deps: StepDeps): ActivitiesOf<typeof EXPORT_TENANT> => ({
  async exportTenant(input) {
    const { operationId } = input
    const { hands, names, tenant, unit } = await findTenant(deps, input)
    const before = await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      return {
        kept: await deps.exports.kept(tx, operationId),
        configuration: await deps.exports.configuration(tx, tenant.id),
        region: await deps.regionFacts(tx, unit.region),
      }
    })
    if (before.kept !== undefined) return
    const store = hands.exports
    if (store === null)
      throw problems['region.no-export-store']({ detail: `${unit.region} names no folder for exports` })
    await store.assertThere()
    const dataKey = randomBytes(DATA_KEY_BYTES)
    const objectKey = `${tenant.id}/${operationId}`
    const at: Omit<ArchiveHeader, 'data'> = {
      format: ARCHIVE_FORMAT,
      tenant: { id: tenant.id, slug: tenant.slug },
      operationId,
      unit: unit.name,
      region: unit.region,
      product: unit.product,
      version: unit.version,
      schema: unit.schema,
      takenAt: deps.exports.takenAt(),
    }
    const whose = { names, tenantId: unit.kind === 'cell' ? tenant.id : null }
    const stored = await hands.databases.readRows(
      whose,
      async ({ data, sections }) => {
        const audit = await deps.exports.audit(tenant.id)
        const archive = writeArchive({ ...at, data }, inOrder(before.configuration, audit, sections))
        const kept = await store.put(objectKey, seal(archive.text, dataKey, labelOf(operationId)), link().signal)
        return { ...kept, manifest: archive.manifest() }
      },
      link(),
    )
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      if ((await deps.exports.kept(tx, operationId)) !== undefined) return
      const retentionDays = before.region.settings.exportRetentionDays ?? null
      const { id: tenantId } = tenant
      await deps.exports.keep(tx, {
        tenantId,
        operationId,
        region: unit.region,
        retentionDays,
        objectKey,
        ...stored,
        dataKey,
      })
    })
  },
})

async function* inOrder(
  configuration: string,
  audit: AsyncIterable<string>,
  rows: AsyncIterable<Section>,
): AsyncGenerator<Section> {
  yield { name: 'configuration', lines: only(configuration) }
  yield { name: 'audit', lines: audit }
  yield* rows
}

async function* only(line: string): AsyncGenerator<string> {
  yield line
}
