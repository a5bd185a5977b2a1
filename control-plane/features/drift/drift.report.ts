import { differencesText, type Difference } from '../../domain/drift.ts'
import { reportCondition, type Report } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import { driftStore } from './drift.store.ts'

/** Condition of a unit, and of a tenant with objects of its own: the cluster holds what was applied. */
export const IN_SYNC = 'InSync'

const seen = (differences: readonly Difference[]): Pick<Report, 'status' | 'reason' | 'message'> =>
  differences.length === 0
    ? { status: 'true', reason: 'Compared', message: 'The cluster holds what was applied' }
    : { status: 'false', reason: 'Drifted', message: differencesText(differences) }

/** Keeps what a comparison found and says it on the unit and on the tenants whose objects differ, or do not differ any more. */
export async function recordDrift(tx: Tx, unitId: string, differences: readonly Difference[]): Promise<void> {
  await tx.run(driftStore.record, unitId, differences)
  const { generation } = await tx.one(driftStore.unit, unitId)
  const common = { type: IN_SYNC, ...seen(differences) }
  await reportCondition(tx, { ...common, subject: `unit:${unitId}`, tenantId: null, observedGeneration: generation })
  const ids = [...new Set(differences.flatMap(({ tenantId }) => (tenantId === null ? [] : [tenantId])))]
  for (const tenant of await tx.all(driftStore.tenants, unitId, ids)) {
    await reportCondition(tx, {
      type: IN_SYNC,
      ...seen(differences.filter(({ tenantId }) => tenantId === tenant.id)),
      subject: `tenant:${tenant.id}`,
      tenantId: tenant.id,
      observedGeneration: tenant.generation,
    })
  }
}
