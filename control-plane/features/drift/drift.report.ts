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

/** What was compared: what runs in a unit, what a stack is made of, or both. What is left out stays as it was found last. */
export type Compared = { inside?: readonly Difference[]; stack?: readonly Difference[] }

/** Keeps what a comparison found and says it on the unit and on the tenants whose objects differ, or do not differ any more. */
export async function recordDrift(tx: Tx, unitId: string, { inside, stack }: Compared): Promise<void> {
  if (inside) await tx.run(driftStore.record, unitId, inside)
  if (stack) await tx.run(driftStore.recordStack, unitId, stack)
  const { differences } = await tx.one(driftStore.find, unitId)
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
