import type { Published } from '../../domain/tenant-lifecycle.ts'
import type { PublishedTenant, TenantsFile } from '../../domain/tenants-file.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './tenants.errors.ts'
import { settleStore } from './tenants.settle-store.ts'

/** `unchanged`: what is said of the tenant stays, but its limits are rendered anew. */
export type Publication = { unitId: string; tenantId: string; as: Published | 'unchanged' }

/**
 * Says something else of one tenant and renders its unit's tenants file at the next revision, from rows, under the row lock of
 * the unit: what the file says and its revision change together. Run it after `assertCurrent`, in the same transaction.
 * Asked twice, it renders twice. Throws `tenant.not-found` when no such tenant is placed there (or it is a tombstone).
 */
export async function publish(tx: Tx, { unitId, tenantId, as }: Publication): Promise<TenantsFile> {
  await settleStore.lockUnit(tx, unitId)
  if (as !== 'unchanged' && (await settleStore.setPublished(tx, tenantId, unitId, as)) === undefined) {
    throw problems['tenant.not-found']({
      detail: `Tenant ${tenantId} is not placed in unit ${unitId}, or it is decommissioned`,
    })
  }
  return render(tx, unitId)
}

/**
 * The unit's tenants file at the next revision, for a cell that has just been made or repaired; `above`: the revision is higher than this
 * one, too, which somebody else has published.
 */
export async function publishUnit(tx: Tx, unitId: string, above = 0): Promise<TenantsFile> {
  await settleStore.lockUnit(tx, unitId)
  return render(tx, unitId, above)
}

/** The unit's tenants file as it was published last, of one moment. */
export async function tenantsFileOf(tx: Tx, unitId: string): Promise<TenantsFile> {
  await settleStore.lockUnit(tx, unitId)
  return { ...(await settleStore.revision(tx, unitId)), tenants: await tenantsOf(tx, unitId) }
}

async function render(tx: Tx, unitId: string, above = 0): Promise<TenantsFile> {
  const { unit, revision } = await settleStore.nextRevision(tx, unitId, above)
  return { unit, revision, tenants: await tenantsOf(tx, unitId) }
}

async function tenantsOf(tx: Tx, unitId: string): Promise<PublishedTenant[]> {
  const rows = await settleStore.published(tx, unitId)
  return rows.flatMap(({ id, slug, host, published: state, limits }): PublishedTenant[] =>
    state === 'absent' ? [] : [{ id, slug, hosts: [host], state, limits }],
  )
}
