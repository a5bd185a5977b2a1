import { overdue } from '../../domain/backups.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import { reportCondition } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { BACKED_UP } from './backups.condition.ts'
import {
  backupsStore as store,
  type KeptBackup,
  type NewBackup,
  type RemovedWhy,
  type Stored,
} from './backups.store.ts'

const DAY_MS = 86_400_000
/** So long after its end an attempt that was given up for dead is looked for in the store. */
const LATE_DAYS = 7

export type { KeptBackup }
/** What the steps of a backup need of the records. */
export type BackupRecords = {
  /** The backup that an operation has begun, unless it was removed. */
  ofOperation: (tx: Tx, operationId: string) => Promise<KeptBackup | undefined>
  /** Everything of a unit that is not removed, oldest first. */
  ofUnit: (tx: Tx, unitId: string) => Promise<KeptBackup[]>
  /** Notes one before anything is stored, so that whatever comes of it can be found. */
  begin: (tx: Tx, backup: Omit<NewBackup, 'id' | 'takenAt'>) => Promise<unknown>
  /** That all of it is in the store. */
  stored: (tx: Tx, operationId: string, what: Stored) => Promise<unknown>
  /** That it restores, which becomes the condition of the unit. */
  verified: (tx: Tx, unitId: string, operationId: string) => Promise<void>
  /** That an operation came to nothing. */
  failed: (tx: Tx, operationId: string) => Promise<void>
  /** Ends those whose time is over, on record; answers the objects that have no place in the store any more. */
  prune: (tx: Tx, unitId: string, days: number) => Promise<string[]>
  /** That these objects are gone from the store. */
  cleared: (tx: Tx, unitId: string, objectKeys: readonly string[]) => Promise<unknown>
  /** Everything of a stack that is gone, its store and its key with it. */
  gone: (tx: Tx, unitId: string) => Promise<void>
}

export const backupRecords = ({ clock, audit }: { clock: Clock; audit: AuditAppend }): BackupRecords => {
  const now = () => clock.now().toISOString()
  const remove = (tx: Tx, some: readonly { id: string }[], why: RemovedWhy) =>
    store.remove(
      tx,
      some.map(({ id }) => id),
      why,
      now(),
    )
  const noteDeleted = (tx: Tx, { id, tenantId, takenAt }: Pick<KeptBackup, 'id' | 'tenantId' | 'takenAt'>) =>
    audit(tx, {
      stream: `tenant:${tenantId}`,
      tenantId,
      actor: null,
      action: 'backup.delete',
      subject: `backup:${id}`,
      outcome: 'succeeded',
      requestId: null,
      detail: { takenAt, because: 'its time is over' },
    })
  return {
    ofOperation: store.ofOperation,
    ofUnit: store.ofUnit,
    begin: (tx, backup) => store.begin(tx, { ...backup, id: newId(), takenAt: now() }),
    stored: store.stored,
    async verified(tx, unitId, operationId) {
      await store.verified(tx, operationId, now())
      await reportCondition(tx, {
        subject: `unit:${unitId}`,
        tenantId: null,
        type: BACKED_UP,
        status: 'true',
        reason: 'Verified',
        message: `Its database was backed up and the backup restored, by operation ${operationId}`,
        observedGeneration: 0,
      })
    },
    async failed(tx, operationId) {
      const begun = await store.ofOperation(tx, operationId)
      if (begun !== undefined) await remove(tx, [begun], 'failed')
    },
    async prune(tx, unitId, days) {
      const kept = await store.ofUnit(tx, unitId)
      // under the unit's exclusive claim no other backup is being taken: what was never verified came to nothing
      await remove(
        tx,
        kept.filter(({ verifiedAt }) => verifiedAt === null),
        'failed',
      )
      const over = overdue(kept, clock.now(), days)
      await remove(tx, over, 'retention')
      for (const { id, tenantId, takenAt } of over) await noteDeleted(tx, { id, tenantId, takenAt })
      return store.toClear(tx, unitId, new Date(clock.now().getTime() - LATE_DAYS * DAY_MS).toISOString())
    },
    cleared: (tx, unitId, objectKeys) => store.cleared(tx, unitId, objectKeys, now()),
    gone: async (tx, unitId) => void (await remove(tx, await store.ofUnit(tx, unitId), 'stack-gone')),
  }
}
