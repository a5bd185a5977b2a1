import { BACKUP_DAYS, backupContext, countFaults } from '../../control-plane/domain/backups.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { TenantKeyAt } from '../../control-plane/platform/tenant-keys.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { type StackSite, stackSiteOf } from '../steps/backup-site.ts'
import { endOldKeys } from '../steps/end-old-keys.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { BACKUP_UNIT } from './backup-unit.policy.ts'

/** Steps that keep the database of a stack. */
export const backupUnitActivities = (deps: StepDeps): ActivitiesOf<typeof BACKUP_UNIT> => ({
  takeBackup: (input) => takeBackup(deps, input),
  undoTakeBackup: (input) => removeFailed(deps, input),
  verifyBackup: (input) => verifyBackup(deps, input),
  async undoVerifyBackup(input) {
    const { site } = await stackSiteOf(deps, input, 'undo')
    await deps.stackBackups.endRehearsal(site, link())
  },
  pruneBackups: (input) => pruneBackups(deps, input),
})

const objectKeyOf = (operationId: string): string => `backups/${operationId}`

/**
 * In the sealed file's header, readable without a key: which key opens it and for what it was wrapped. So a file from the store opens by
 * the stack's key also where the plane's records are gone.
 */
const labelOf = (key: string, wrapped: string, context: ReturnType<typeof backupContext>): string =>
  JSON.stringify({ format: 'steward.backup.1', key, wrapped, context })

function keyOf({ unit, key }: StackSite): TenantKeyAt {
  if (key !== undefined) return key
  throw problems['backup.no-key']({ detail: `nothing says how the key of ${unit.name} is used from here` })
}

/** Noted before it is stored: whatever an attempt leaves can be found. A repeat writes over it, with another key. */
async function takeBackup(deps: StepDeps, input: StepInput): Promise<void> {
  const { operationId } = input
  const found = await stackSiteOf(deps, input, 'do')
  const begun = await deps.database.transaction((tx) => deps.backups.ofOperation(tx, operationId))
  if (begun !== undefined && begun.bytes !== null) return
  const { unit, order, site } = found
  const key = keyOf(found)
  await deps.stackBackups.assertReady(site, link())
  const context = backupContext(order.tenantId, operationId)
  const { plaintext, wrapped, generation } = await deps.tenantKeys.make(key, context)
  const objectKey = objectKeyOf(operationId)
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.backups.begin(tx, {
      unitId: unit.id,
      tenantId: order.tenantId,
      operationId,
      region: unit.region,
      store: resourceName(unit.name, 'backups'),
      objectKey,
      wrappedKey: wrapped,
      wrappedBy: key.name,
      keyGeneration: generation,
      product: unit.product,
      version: unit.version,
      schema: unit.schema,
    })
  })
  const label = labelOf(key.name, wrapped, context)
  const taken = await deps.stackBackups.take(site, { key: objectKey, dataKey: plaintext, label }, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.backups.stored(tx, operationId, taken)
  })
}

async function removeFailed(deps: StepDeps, input: StepInput): Promise<void> {
  const { site } = await stackSiteOf(deps, input, 'undo')
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.backups.failed(tx, input.operationId)
  })
  await deps.stackBackups.remove(site, objectKeyOf(input.operationId), link()).catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'backup.store-missing')) throw error // nothing is in it
  })
}

/** By the way that a restore goes: from the store, by the stack's key. Throws `backup.rows-differ`, naming the tables. */
async function verifyBackup(deps: StepDeps, input: StepInput): Promise<void> {
  const { operationId } = input
  const found = await stackSiteOf(deps, input, 'do')
  const backup = await deps.database.transaction((tx) => deps.backups.ofOperation(tx, operationId))
  if (!backup || backup.bytes === null || backup.sha256 === null)
    throw problems['backup.rows-differ']({ detail: `nothing that operation ${operationId} took is in the store` })
  if (backup.verifiedAt === null) {
    const { objectKey, wrappedKey, bytes, sha256, contents } = backup
    const dataKey = await deps.tenantKeys.unwrap(keyOf(found), wrappedKey, backupContext(backup.tenantId, operationId))
    const has = await deps.stackBackups.rehearse(found.site, { key: objectKey, dataKey, bytes, sha256 }, link())
    const faults = countFaults(contents ?? [], has)
    if (faults.length > 0) throw problems['backup.rows-differ']({ detail: faults.slice(0, NAMED).join('; ') })
  }
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.backups.verified(tx, input.unitId, operationId)
  })
}
const NAMED = 3

/** Noted first: what is noted as kept is there, and what is not there any more was noted. */
async function pruneBackups(deps: StepDeps, input: StepInput): Promise<void> {
  const found = await stackSiteOf(deps, input, 'do')
  const { unit, site } = found
  const days = site.settings.backupRetentionDays ?? BACKUP_DAYS
  const objectKeys = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    return deps.backups.prune(tx, unit.id, days)
  })
  for (const key of objectKeys) await deps.stackBackups.remove(site, key, link())
  await deps.database.transaction((tx) => deps.backups.cleared(tx, unit.id, objectKeys))
  await endOldKeys(deps, input, found)
}
