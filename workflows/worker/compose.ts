import { Type } from 'typebox'
import { OPERATION_KINDS } from '../../control-plane/domain/operation-kinds.ts'
import { query } from '../../control-plane/platform/query.ts'
import { Uuid } from '../../control-plane/platform/schemas.ts'
import { sql } from '../../control-plane/platform/sql.ts'
import { createCheckpoints } from '../../control-plane/features/audit/audit.checkpoint.ts'
import { backupRecords } from '../../control-plane/features/backups/backups.records.ts'
import { stackKeyRecords } from '../../control-plane/features/stack-keys/stack-keys.records.ts'
import { exportAudit } from '../../control-plane/features/audit/audit.export.ts'
import { createAuditAppend } from '../../control-plane/features/audit/audit.service.ts'
import { recordRemoval } from '../../control-plane/features/evidence/evidence.removal.ts'
import { exportRecords } from '../../control-plane/features/exports/exports.keep.ts'
import { refuseOnHold } from '../../control-plane/features/holds/holds.check.ts'
import { removalConfirmation } from '../../control-plane/features/holds/holds.confirm.ts'
import { tenantsStore } from '../../control-plane/features/tenants/tenants.store.ts'
import { featureHooks } from '../../control-plane/hooks.ts'
import { unobserved, type OperationObserver } from '../../control-plane/features/operations/operations.meters.ts'
import { changePlans } from '../../control-plane/features/operations/operations.plan-keep.ts'
import { lockSubjects } from '../../control-plane/features/operations/operations.request.ts'
import type { OperationHooks } from '../../control-plane/features/operations/operations.row.ts'
import { operationsRecorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { askedTerms, tenantFacts, tenantPrice } from '../../control-plane/features/tenants/tenants.facts.ts'
import { publish, publishUnit, tenantsFileOf } from '../../control-plane/features/tenants/tenants.publication.ts'
import { restoreTerms } from '../../control-plane/features/tenants/tenants.settle.ts'
import { regionFacts, unitFacts } from '../../control-plane/features/units/units.facts.ts'
import { unitsStore } from '../../control-plane/features/units/units.store.ts'
import { releasesStore } from '../../control-plane/features/units/units.releases-store.ts'
import { recordContract } from '../../control-plane/features/evidence/evidence.clauses.ts'
import { recordMove } from '../../control-plane/features/evidence/evidence.moves.ts'
import { enterMove } from '../../control-plane/features/moves/moves.settle.ts'
import { movesStore } from '../../control-plane/features/moves/moves.store.ts'
import { recordIsolation } from '../../control-plane/features/evidence/evidence.write.ts'
import type { Clock } from '../../control-plane/platform/clock.ts'
import type { Signing } from '../../control-plane/platform/signing.ts'
import { tenantKeys, type TenantKeys } from '../../control-plane/platform/tenant-keys.ts'
import type { Database } from '../../control-plane/platform/database.ts'
import type { Logger } from '../../control-plane/platform/logger.ts'
import { readKnown } from '../orphans/known.ts'
import type { Regions } from '../regions/regions.ts'
import type { StackBackups } from '../regions/stack-backups.ts'
import type { Stacks } from '../regions/stacks.ts'
import { type TenantRows, tenantRows } from '../regions/tenant-rows.ts'
import { resolveQuarantine } from '../steps/quarantine.ts'
import type { WorkerParts } from './create-worker.ts'

type Parts = {
  database: Pick<Database, 'transaction' | 'statement'>
  regions: Pick<Regions, 'handsOf'>
  stacks: Stacks
  stackBackups: StackBackups
  signing: Pick<Signing, 'sign' | 'keys'>
  clock: Clock
  /** Seals the keys of exports. */
  sealingKey: Uint8Array
  logger: Pick<Logger, 'warn'>
  observer?: OperationObserver
  rows?: TenantRows
  keys?: TenantKeys
}

/** Which operation it is: whose terms a failed update has to take back. */
const asked = query({
  name: 'steps.asked',
  row: Type.Object({
    id: Uuid,
    kind: Type.Enum(OPERATION_KINDS),
    tenantId: Type.Union([Uuid, Type.Null()]),
  }),
  sample: ['00000000-0000-7000-8000-000000000000'] as [operationId: string],
  sql: (operationId) => sql`select id, kind, tenant_id as "tenantId" from operations where id = ${operationId}`,
})

/** What every feature does as operations begin and end, and what the workflows do about what they had quarantined. */
function everyHook(clock: Clock): Pick<OperationHooks, 'onAdmitted' | 'onClosed'> {
  const { onAdmitted, onClosed } = featureHooks(lockSubjects, clock)
  return {
    onAdmitted,
    async onClosed(tx, operation, outcome) {
      await onClosed(tx, operation, outcome)
      await resolveQuarantine(tx, operation, outcome)
    },
  }
}

/** A tenant's own stream of the record, signed up to now, as the plane itself takes it. */
const streamOf = ({ database, signing, clock }: Pick<Parts, 'database' | 'signing' | 'clock'>) => {
  const take = exportAudit({
    database,
    signing,
    audit: createAuditAppend({ clock }),
    checkpoint: createCheckpoints({ signing, clock }),
    clock,
  })
  return (stream: string) => take(null, { stream })
}

/** Records of what is kept of stacks, and of the keys that seal it. */
const keeping = ({ clock, stackBackups }: Pick<Parts, 'clock' | 'stackBackups'>) => ({
  backups: backupRecords({ clock, audit: createAuditAppend({ clock }) }),
  stackKeys: stackKeyRecords({ audit: createAuditAppend({ clock }) }),
  stackBackups,
})

/** Wires records, rules and hands for the steps. */
export function composeSteps({
  database,
  regions,
  stacks,
  stackBackups,
  signing,
  clock,
  sealingKey,
  logger,
  observer = unobserved,
  rows = tenantRows,
  keys = tenantKeys,
}: Parts): Pick<WorkerParts, 'deps' | 'recorder'> {
  const hooks = everyHook(clock)
  const onError = (err: unknown) =>
    logger.warn({ event: 'operations.promotion-failed', err }, 'promotion failed; the relay repeats it')
  return {
    recorder: operationsRecorder({ database, hooks, onError, observer }),
    deps: {
      database,
      unitFacts,
      tenantFacts,
      regionFacts,
      publish,
      publishUnit,
      tenantsFile: tenantsFileOf,
      restoreVersion: releasesStore.restore,
      noteSchema: releasesStore.noteSchema,
      restoreTerms: async (tx, operationId) => restoreTerms(tx, await tx.one(asked, operationId)),
      recordIsolation: recordIsolation({ signing, clock }),
      recordContract: recordContract({ signing, clock }),
      removal: removalConfirmation({ refuseOnHold: refuseOnHold({ clock }), lockTenant: tenantsStore.lock }),
      recordRemoval: recordRemoval({ signing, clock }),
      exports: exportRecords({
        clock,
        audit: createAuditAppend({ clock }),
        sealingKey,
        exportStream: streamOf({ database, signing, clock }),
      }),
      tenantKeys: keys,
      ...keeping({ clock, stackBackups }),
      tenantPrice,
      asked: async (tx, operationId) => ({
        terms: (await askedTerms(tx, operationId)) ?? null,
        version: (await releasesStore.asked(tx, operationId)) ?? null,
      }),
      changePlans: changePlans({ clock, audit: createAuditAppend({ clock }) }),
      recordMove: recordMove({ signing, clock }),
      moves: { ...movesStore, enter: enterMove },
      rows,
      ownTenant: unitsStore.ownTenant,
      handsOf: regions.handsOf,
      stacks,
      noteAccess: unitsStore.noteAccess,
      noteAdopted: unitsStore.noteAdopted,
      noteFound: unitsStore.noteFound,
      readKnown,
    },
  }
}
