import { Type, type Static } from 'typebox'
import type { TableCount } from '../../domain/backups.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { Backup, BACKUP_STATES } from './backups.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const { state: _state, ...plain } = Backup.properties
const Row = Type.Object({ ...plain, state: Type.Enum(BACKUP_STATES) })

/** Newest first: ids are uuid v7. */
const list = query({
  name: 'backups.list',
  row: Row,
  sample: [NOBODY, false, null, 1] as [unitId: string, removed: boolean, before: string | null, limit: number],
  sql: (unitId, removed, before, limit) => sql`
    select b.id, u.name as unit, b.tenant_id as "tenantId", b.operation_id as "operationId", b.region,
           case when b.removed_at is not null then 'removed' when b.verified_at is not null then 'verified'
                when b.bytes is not null then 'taken' else 'taking' end as state,
           b.taken_at as "takenAt", b.verified_at as "verifiedAt", b.bytes::int8 as bytes, b.sha256, b.lsn,
           jsonb_array_length(b.contents) as tables,
           case when b.contents is not null then (select coalesce(sum((one ->> 'rows')::int8), 0) from jsonb_array_elements(b.contents) one) end::int8 as rows,
           b.product, b.version, b.schema, b.store, b.object_key as object, b.wrapped_by as key, b.key_generation as "keyGeneration",
           b.removed_at as "removedAt", b.removed_why as "removedBecause"
      from backups b join units u on u.id = b.unit_id
     where b.unit_id = ${unitId} and (${removed}::boolean or b.removed_at is null) and (${before}::uuid is null or b.id < ${before}::uuid)
     order by b.id desc limit ${limit}`,
})

export type NewBackup = {
  id: string
  unitId: string
  tenantId: string
  operationId: string
  region: string
  store: string
  objectKey: string
  wrappedKey: string
  wrappedBy: string
  keyGeneration: number
  product: string
  version: string
  schema: number
  takenAt: string
}
/** What an attempt before it of the same operation noted is written over: it has another key, and so has the file. */
const begin = query({
  name: 'backups.begin',
  row: Type.Object({}),
  sample: [
    {
      id: NOBODY,
      unitId: NOBODY,
      tenantId: NOBODY,
      operationId: NOBODY,
      region: 'r',
      store: 's',
      objectKey: 'k',
      wrappedKey: 'w',
      wrappedBy: 'n',
      keyGeneration: 1,
      product: 'p',
      version: 'v',
      schema: 1,
      takenAt: NOW,
    },
  ] as [row: NewBackup],
  sql: (b) => sql`
    insert into backups as known (id, unit_id, tenant_id, operation_id, region, store, object_key, wrapped_key, wrapped_by, key_generation,
                         product, version, schema, taken_at)
    values (${b.id}, ${b.unitId}, ${b.tenantId}, ${b.operationId}, ${b.region}, ${b.store}, ${b.objectKey}, ${b.wrappedKey}, ${b.wrappedBy},
            ${b.keyGeneration}, ${b.product}, ${b.version}, ${b.schema}, ${b.takenAt})
    on conflict (operation_id) do update
      set wrapped_key = excluded.wrapped_key, wrapped_by = excluded.wrapped_by, key_generation = excluded.key_generation, taken_at = excluded.taken_at
    where known.bytes is null and known.removed_at is null`,
})

export type Stored = { bytes: number; sha256: string; lsn: string; contents: readonly TableCount[] }
const stored = query({
  name: 'backups.stored',
  row: Type.Object({}),
  sample: [NOBODY, { bytes: 1, sha256: 'x', lsn: '0/0', contents: [] }] as [operationId: string, stored: Stored],
  sql: (operationId, { bytes, sha256, lsn, contents }) => sql`
    update backups set bytes = ${bytes}, sha256 = ${sha256}, lsn = ${lsn}, contents = ${JSON.stringify(contents)}::jsonb
     where operation_id = ${operationId} and removed_at is null`,
})
const verified = query({
  name: 'backups.verified',
  row: Type.Object({}),
  sample: [NOBODY, NOW] as [operationId: string, at: string],
  sql: (operationId, at) => sql`
    update backups set verified_at = coalesce(verified_at, ${at}) where operation_id = ${operationId} and removed_at is null`,
})
const remove = query({
  name: 'backups.remove',
  row: Type.Object({}),
  sample: [[NOBODY], 'failed', NOW] as [ids: readonly string[], why: RemovedWhy, at: string],
  sql: (ids, why, at) => sql`
    update backups set removed_at = ${at}, removed_why = ${why} where id = any(${ids}::uuid[]) and removed_at is null`,
})
export type RemovedWhy = 'failed' | 'retention' | 'stack-gone'

const Kept = Type.Object({
  id: Uuid,
  operationId: Uuid,
  tenantId: Uuid,
  objectKey: Type.String(),
  wrappedKey: Type.String(),
  wrappedBy: Type.String(),
  keyGeneration: Type.Integer(),
  takenAt: Timestamp,
  bytes: orNull(Type.Integer()),
  sha256: orNull(Type.String()),
  contents: orNull(Type.Array(Type.Object({ table: Type.String(), rows: Type.Integer() }))),
  verifiedAt: orNull(Timestamp),
})
export type KeptBackup = Static<typeof Kept>
const keptColumns = sql`
  id, operation_id as "operationId", tenant_id as "tenantId", object_key as "objectKey", wrapped_key as "wrappedKey",
  wrapped_by as "wrappedBy", key_generation as "keyGeneration", taken_at as "takenAt", bytes::int8 as bytes, sha256, contents,
  verified_at as "verifiedAt"`
const ofOperation = query({
  name: 'backups.of-operation',
  row: Kept,
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) =>
    sql`select ${keptColumns} from backups where operation_id = ${operationId} and removed_at is null`,
})
const ofUnit = query({
  name: 'backups.of-unit',
  row: Kept,
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select ${keptColumns} from backups where unit_id = ${unitId} and removed_at is null order by id`,
})
/**
 * Objects of those that are kept no more and may be in the store still; once more for a while (`since`), because an attempt that was
 * given up for dead may have stored one after its end.
 */
const toClear = query({
  name: 'backups.to-clear',
  row: Type.Object({ objectKey: Type.String() }),
  sample: [NOBODY, NOW] as [unitId: string, since: string],
  sql: (unitId, since) => sql`
    select object_key as "objectKey" from backups
     where unit_id = ${unitId} and removed_at is not null and (cleared_at is null or removed_at >= ${since}::timestamptz) order by id`,
})
const cleared = query({
  name: 'backups.cleared',
  row: Type.Object({}),
  sample: [NOBODY, ['k'], NOW] as [unitId: string, objectKeys: readonly string[], at: string],
  sql: (unitId, objectKeys, at) => sql`
    update backups set cleared_at = ${at} where unit_id = ${unitId} and object_key = any(${objectKeys}::text[]) and removed_at is not null`,
})

const unit = query({
  name: 'backups.unit',
  row: Type.Object({ name: Type.String(), kind: Type.Enum(UNIT_KINDS), state: Type.Enum(UNIT_STATES) }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select name, kind, state from units where id = ${unitId}`,
})

export const backupsStore = {
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  begin: (tx: Tx, row: NewBackup) => tx.run(begin, row),
  stored: (tx: Tx, ...args: Parameters<typeof stored.sql>) => tx.run(stored, ...args),
  verified: (tx: Tx, ...args: Parameters<typeof verified.sql>) => tx.run(verified, ...args),
  remove: (tx: Tx, ...args: Parameters<typeof remove.sql>) => tx.run(remove, ...args),
  ofOperation: (tx: Tx, operationId: string) => tx.maybe(ofOperation, operationId),
  ofUnit: (tx: Tx, unitId: string) => tx.all(ofUnit, unitId),
  toClear: async (tx: Tx, ...args: Parameters<typeof toClear.sql>) =>
    (await tx.all(toClear, ...args)).map(({ objectKey }) => objectKey),
  cleared: (tx: Tx, ...args: Parameters<typeof cleared.sql>) => tx.run(cleared, ...args),
  unit: (tx: Tx, unitId: string) => tx.one(unit, unitId),
}
