import type { Meter } from '@opentelemetry/api'
import type { Database } from '../../platform/database.ts'
import { approvalsStore } from './operations.approvals-store.ts'

/** How many operations wait for somebody's approval, counted when it is asked; nothing is said while the database is away. */
export function observeApprovals(meter: Meter, database: Pick<Database, 'transaction'>): void {
  const gauge = meter.createObservableGauge('steward_operations_waiting', {
    description: 'Operations that wait for the approval of a second operator',
  })
  gauge.addCallback(async (result) => {
    const counted = await database.transaction((tx) => tx.one(approvalsStore.waiting)).catch(() => undefined)
    if (counted !== undefined) result.observe(counted.count)
  })
}
