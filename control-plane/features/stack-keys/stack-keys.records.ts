import type { AuditAppend } from '../../platform/audit.ts'
import type { Tx } from '../../platform/database.ts'
import { stackKeysStore } from './stack-keys.store.ts'

type Ended = { id: string; name: string; tenantId: string }
/** What the steps that rotate a stack's key, or end generations of it, need of the records. */
export type StackKeyRecords = Omit<typeof stackKeysStore, 'unit'> & {
  /** Puts on record that generations are destroyed from now on. */
  noteEnding: (tx: Tx, unit: Ended, generations: readonly number[], operationId: string) => Promise<void>
}

export const stackKeyRecords = ({ audit }: { audit: AuditAppend }): StackKeyRecords => ({
  ...stackKeysStore,
  async noteEnding(tx, { id, name, tenantId }, generations, operationId) {
    await audit(tx, {
      stream: `tenant:${tenantId}`,
      tenantId,
      actor: null,
      action: 'stack-key.end',
      subject: `unit:${id}`,
      outcome: 'succeeded',
      requestId: null,
      operationId,
      detail: { name, generations: [...generations], because: 'nothing that is kept is sealed by them' },
    })
  },
})
