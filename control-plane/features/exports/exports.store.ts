import { Type, type Static } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Bytes = Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' })

const Row = Type.Object({
  id: Uuid,
  tenantId: Uuid,
  slug: Type.String(),
  operationId: Uuid,
  kind: Type.String(),
  region: Type.String(),
  objectKey: Type.String(),
  bytes: Type.Integer(),
  sha256: Type.String(),
  manifest: Type.Unknown(),
  createdAt: Timestamp,
  keepUntil: Timestamp,
  held: Type.Boolean(),
  deletedAt: orNull(Timestamp),
  place: Type.Unknown({ description: 'As it was registered: ExportPlace' }),
  opensWith: Type.Enum(['tenant', 'plane']),
})
export type ExportRow = Static<typeof Row>

const isHeld = (at: string) => sql`exists (select from legal_holds h where h.tenant_id = e.tenant_id
  and h.released_at is null and (h.until is null or h.until > ${at}::timestamptz))`
const view = (at: string) => sql`
  select e.id, e.tenant_id as "tenantId", t.slug, e.operation_id as "operationId", o.kind, e.region, e.object_key as "objectKey",
         e.bytes::int8 as bytes, e.sha256, e.manifest, e.created_at as "createdAt", e.keep_until as "keepUntil", ${isHeld(at)} as held,
         e.deleted_at as "deletedAt", jsonb_build_object('exportFolder', r.settings -> 'exportFolder', 'exportBucket', r.settings -> 'exportBucket') as place,
         case when e.wrapped_key is not null and e.handed_over_at is null then 'tenant' else 'plane' end as "opensWith"
    from exports e join tenants t on t.id = e.tenant_id join operations o on o.id = e.operation_id join regions r on r.name = e.region`

const find = query({
  name: 'exports.find',
  row: Row,
  sample: [NOW, NOBODY] as [at: string, id: string],
  sql: (at, id) => sql`${view(at)} where e.id = ${id}`,
})
const ofOperation = query({
  name: 'exports.of-operation',
  row: Row,
  sample: [NOW, NOBODY] as [at: string, operationId: string],
  sql: (at, operationId) => sql`${view(at)} where e.operation_id = ${operationId}`,
})
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'exports.list',
  row: Row,
  sample: [NOW, null, null, 1] as [at: string, tenantId: string | null, before: string | null, limit: number],
  sql: (at, tenantId, before, limit) => sql`${view(at)}
     where (${tenantId}::uuid is null or e.tenant_id = ${tenantId}::uuid) and (${before}::uuid is null or e.id < ${before}::uuid)
     order by e.id desc limit ${limit}`,
})
const key = query({
  name: 'exports.key',
  row: Type.Object({
    sealedKey: orNull(Bytes),
    wrappedKey: orNull(Type.String()),
    wrappedBy: orNull(Type.String()),
    stackTarget: Type.Unknown(),
  }),
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`
    select e.sealed_key as "sealedKey", e.wrapped_key as "wrappedKey", e.wrapped_by as "wrappedBy", r.settings -> 'stackTarget' as "stackTarget"
      from exports e join regions r on r.name = e.region where e.id = ${id}`,
})

export type NewExport = {
  id: string
  tenantId: string
  operationId: string
  region: string
  objectKey: string
  bytes: number
  sha256: string
  manifest: string
  sealedKey: Buffer | null
  wrappedKey: string | null
  wrappedBy: string | null
  keyGeneration: number | null
  createdAt: string
  keepUntil: string
}
/** One operation keeps one, however often its step is repeated. */
const insert = query({
  name: 'exports.insert',
  row: Type.Object({}),
  sample: [
    {
      id: NOBODY,
      tenantId: NOBODY,
      operationId: NOBODY,
      region: 'r',
      objectKey: 'k',
      bytes: 1,
      sha256: 'x',
      manifest: '{}',
      sealedKey: Buffer.alloc(1),
      wrappedKey: null,
      wrappedBy: null,
      keyGeneration: null,
      createdAt: NOW,
      keepUntil: NOW,
    },
  ] as [row: NewExport],
  sql: (e) => sql`
    insert into exports (id, tenant_id, operation_id, region, object_key, bytes, sha256, manifest, sealed_key, wrapped_key, wrapped_by, key_generation,
                         created_at, keep_until)
    values (${e.id}, ${e.tenantId}, ${e.operationId}, ${e.region}, ${e.objectKey}, ${e.bytes}, ${e.sha256}, ${e.manifest}::jsonb,
            ${e.sealedKey}, ${e.wrappedKey}, ${e.wrappedBy}, ${e.keyGeneration}::int, ${e.createdAt}, ${e.keepUntil})`,
})

/** Those of a tenant that only its own key opens. */
const ownKeyed = query({
  name: 'exports.own-keyed',
  row: Type.Object({
    id: Uuid,
    operationId: Uuid,
    wrappedKey: Type.String(),
    wrappedBy: Type.String(),
    keyGeneration: orNull(Type.Integer()),
  }),
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`
    select id, operation_id as "operationId", wrapped_key as "wrappedKey", wrapped_by as "wrappedBy",
           key_generation as "keyGeneration" from exports
     where tenant_id = ${tenantId} and deleted_at is null and wrapped_key is not null and handed_over_at is null order by id`,
})
/** Gives no row when it was handed over, deleted or wrapped anew meanwhile. */
const rewrap = query({
  name: 'exports.rewrap',
  row: Type.Object({ id: Uuid }),
  sample: [NOBODY, 'before', 'after', 1] as [id: string, before: string, after: string, generation: number],
  sql: (id, before, after, generation) => sql`
    update exports set wrapped_key = ${after}, key_generation = ${generation}
     where id = ${id} and deleted_at is null and wrapped_key = ${before} and handed_over_at is null returning id`,
})
/** Gives no row when it was handed over or deleted meanwhile. */
const handOver = query({
  name: 'exports.hand-over',
  row: Type.Object({ id: Uuid }),
  sample: [NOBODY, Buffer.alloc(1), NOW] as [id: string, sealedKey: Buffer, at: string],
  sql: (id, sealedKey, at) => sql`
    update exports set sealed_key = ${sealedKey}, handed_over_at = ${at}
     where id = ${id} and deleted_at is null and wrapped_key is not null and handed_over_at is null returning id`,
})

/** Those whose time is over and that no hold keeps. */
const due = query({
  name: 'exports.due',
  row: Type.Object({ id: Uuid, tenantId: Uuid }),
  sample: [NOW, 1] as [at: string, most: number],
  sql: (at, most) => sql`
    select e.id, e.tenant_id as "tenantId" from exports e
     where e.deleted_at is null and e.keep_until <= ${at}::timestamptz and not ${isHeld(at)} order by e.keep_until limit ${most}`,
})
/** Gives no row when a hold came first, or somebody else. */
const forget = query({
  name: 'exports.forget',
  row: Type.Object({ id: Uuid }),
  sample: [NOW, NOBODY] as [at: string, id: string],
  sql: (at, id) => sql`
    update exports e set deleted_at = ${at}, sealed_key = null, wrapped_key = null, wrapped_by = null
     where e.id = ${id} and e.deleted_at is null and e.keep_until <= ${at}::timestamptz and not ${isHeld(at)} returning e.id`,
})
const toRemove = query({
  name: 'exports.to-remove',
  row: Type.Object({ id: Uuid, objectKey: Type.String(), place: Type.Unknown() }),
  sample: [1] as [most: number],
  sql: (most) => sql`
    select e.id, e.object_key as "objectKey", jsonb_build_object('exportFolder', r.settings -> 'exportFolder', 'exportBucket', r.settings -> 'exportBucket') as place
      from exports e join regions r on r.name = e.region
     where e.deleted_at is not null and e.removed_at is null order by e.deleted_at limit ${most}`,
})
const removed = query({
  name: 'exports.removed',
  row: Type.Object({}),
  sample: [NOBODY, NOW] as [id: string, at: string],
  sql: (id, at) => sql`update exports set removed_at = ${at} where id = ${id}`,
})

/** What an archive says of a tenant beside its data and its record: names and numbers, no secret and no hash of one. */
const configuration = query({
  name: 'exports.configuration',
  row: Type.Object({ text: Type.String() }),
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`
    select jsonb_build_object(
             'tenant', to_jsonb(t), 'plan', to_jsonb(p), 'region', jsonb_build_object('name', r.name, 'domain', r.domain),
             'unit', jsonb_build_object('id', u.id, 'kind', u.kind, 'name', u.name, 'product', u.product, 'version', u.version,
                                        'confirmedVersion', u.confirmed_version, 'facets', u.facets),
             'access', jsonb_build_object(
               'operators', (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'role', a.role) order by a.id), '[]') from operators a
                              where a.disabled_at is null and (a.expires_at is null or a.expires_at > now())),
               'handOffs', (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'role', f.role, 'createdBy', f.created_by, 'createdAt', f.created_at,
                                             'expiresAt', f.expires_at, 'openedAt', f.opened_at) order by f.id), '[]') from hand_offs f where f.tenant_id = t.id)),
             'conditions', (select coalesce(jsonb_agg(to_jsonb(c) order by c.type), '[]') from conditions c where c.subject = 'tenant:' || t.id),
             'holds', (select coalesce(jsonb_agg(to_jsonb(h) order by h.id), '[]') from legal_holds h where h.tenant_id = t.id),
             'operations', (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'kind', o.kind, 'state', o.state, 'requestedBy', o.requested_by,
                                                      'createdAt', o.created_at, 'finishedAt', o.finished_at) order by o.sequence), '[]')
                              from operations o where o.tenant_id = t.id))::text as text
      from tenants t join plans p on p.name = t.plan join regions r on r.name = t.region join units u on u.id = t.unit_id
     where t.id = ${tenantId}`,
})

const waived = query({
  name: 'exports.waived',
  row: Type.Object({ waived: Type.Boolean() }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`
    select coalesce((input ->> 'withoutExport')::boolean, false) as waived from operations where id = ${operationId}`,
})

export const exportsStore = {
  waived: async (tx: Tx, operationId: string) => (await tx.one(waived, operationId)).waived,
  find: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.maybe(find, ...args),
  ofOperation: (tx: Tx, ...args: Parameters<typeof ofOperation.sql>) => tx.maybe(ofOperation, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  key: (tx: Tx, id: string) => tx.one(key, id),
  insert: (tx: Tx, row: NewExport) => tx.run(insert, row),
  due: (tx: Tx, ...args: Parameters<typeof due.sql>) => tx.all(due, ...args),
  forget: async (tx: Tx, ...args: Parameters<typeof forget.sql>) => (await tx.maybe(forget, ...args)) !== undefined,
  toRemove: (tx: Tx, most: number) => tx.all(toRemove, most),
  ownKeyed: (tx: Tx, tenantId: string) => tx.all(ownKeyed, tenantId),
  rewrap: async (tx: Tx, ...args: Parameters<typeof rewrap.sql>) => (await tx.maybe(rewrap, ...args)) !== undefined,
  handOver: async (tx: Tx, ...args: Parameters<typeof handOver.sql>) =>
    (await tx.maybe(handOver, ...args)) !== undefined,
  removed: (tx: Tx, ...args: Parameters<typeof removed.sql>) => tx.run(removed, ...args),
  configuration: async (tx: Tx, tenantId: string) => (await tx.one(configuration, tenantId)).text,
}
