import { reportCondition, type Report } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { OperationRow } from './operations.row.ts'

/** Condition of a tenant or unit whose removal waits for another operator. */
export const WAITING_FOR_APPROVAL = 'WaitingForApproval'

type Waiting = Pick<OperationRow, 'id' | 'kind' | 'tenantId' | 'unitId'>

/** Says on the thing itself that its removal was asked for and who has to decide. */
export const reportWaiting = (tx: Tx, operation: Waiting, until: string): Promise<number> =>
  report(tx, operation, {
    status: 'true',
    reason: 'SecondOperator',
    message: `${operation.kind} (operation ${operation.id}) waits until ${until} for the approval of another operator`,
  })

/** Takes it back; `reason` is what ended the waiting. */
export const reportDecided = (
  tx: Tx,
  operation: Waiting,
  reason: 'Approved' | 'Rejected' | 'Expired' | 'Withdrawn' | 'Refused',
): Promise<number> =>
  report(tx, operation, {
    status: 'false',
    reason,
    message: `${operation.kind} (operation ${operation.id}) does not wait any more`,
  })

const report = (tx: Tx, { tenantId, unitId }: Waiting, seen: Pick<Report, 'status' | 'reason' | 'message'>) =>
  reportCondition(tx, {
    subject: tenantId === null ? `unit:${unitId}` : `tenant:${tenantId}`,
    tenantId,
    type: WAITING_FOR_APPROVAL,
    observedGeneration: 0,
    ...seen,
  })
