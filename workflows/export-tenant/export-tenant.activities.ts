import { randomBytes } from 'node:crypto'
import { type ArchiveHeader, ARCHIVE_FORMAT, type Section, writeArchive } from '../../control-plane/proof/archive.ts'
import { ownKeyContext, type Stored } from '../../control-plane/features/exports/exports.keep.ts'
import { tenantKeyAt, type KeyContext } from '../../control-plane/platform/tenant-keys.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import { seal } from '../../stacks/dedicated/seal/seal.ts'
import type { RowsRead } from '../../stacks/postgres/export-rows.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { problems } from '../steps/steps.errors.ts'
import { findPlace, tenantIdOf, type RegionFacts, type StepDeps, type UnitFacts } from '../steps/step-deps.ts'
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
    const { kept, waived, unit, tenant, configuration, region } = await wanted(deps, input)
    if (kept !== undefined || waived) return
    const { exports: store } = await deps.handsOf(region)
    if (store === null)
      throw problems['region.no-export-store']({ detail: `${unit.region} names no folder for exports` })
    await store.assertThere()
    const { dataKey, wrapped } = await keyFor(deps, unit, region, ownKeyContext(tenant.id, operationId))
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
    const keepRows = async ({ data, sections }: RowsRead) => {
      const audit = await deps.exports.audit(tenant.id)
      const archive = writeArchive({ ...at, data }, inOrder(configuration, audit, sections))
      const put = await store.put(objectKey, seal(archive.text, dataKey, labelOf(operationId)), link().signal)
      return { ...put, manifest: archive.manifest() }
    }
    const stored = await rowsOf(deps, input, unit, keepRows)
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      if ((await deps.exports.kept(tx, operationId)) !== undefined) return
      const retentionDays = region.settings.exportRetentionDays ?? null
      const { id: tenantId } = tenant
      await deps.exports.keep(tx, {
        tenantId,
        operationId,
        region: unit.region,
        retentionDays,
        objectKey,
        ...stored,
        dataKey,
        wrapped,
      })
    })
  },
})

/** What is read of the records in one transaction. */
const wanted = (deps: StepDeps, input: StepInput) =>
  deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    const tenantId = tenantIdOf(input)
    const unit = await deps.unitFacts(tx, input.unitId)
    return {
      unit,
      tenant: await deps.tenantFacts(tx, tenantId),
      region: await deps.regionFacts(tx, unit.region),
      kept: await deps.exports.kept(tx, input.operationId),
      waived: await deps.exports.waived(tx, input.operationId),
      configuration: await deps.exports.configuration(tx, tenantId),
    }
  })

/** A new data key: wrapped by the key of the tenant's own stack, or for the plane's to seal. */
async function keyFor(
  { tenantKeys }: StepDeps,
  { kind, name, access }: UnitFacts,
  { settings }: RegionFacts,
  context: KeyContext,
): Promise<Pick<Stored, 'dataKey' | 'wrapped'>> {
  const own = kind === 'stack' && access !== null
  const at = own ? tenantKeyAt(settings.stackTarget, resourceName(name, 'key')) : undefined
  if (at === undefined) return { dataKey: randomBytes(DATA_KEY_BYTES), wrapped: null }
  const { plaintext, wrapped, generation } = await tenantKeys.make(at, context)
  return { dataKey: plaintext, wrapped: { key: wrapped, by: at.name, generation } }
}

/** Reads the rows where the tenant is; a stack that was never built, or is gone, has none. */
async function rowsOf<T>(
  deps: StepDeps,
  input: StepInput,
  unit: UnitFacts,
  use: (rows: RowsRead) => Promise<T>,
): Promise<T> {
  if (unit.kind === 'stack' && unit.access === null) return use({ data: 'none', sections: nothing() })
  const { hands, names } = await findPlace(deps, input)
  return hands.databases.readRows({ names, tenantId: unit.kind === 'cell' ? tenantIdOf(input) : null }, use, link())
}

async function* nothing(): AsyncGenerator<Section> {}

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
