import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { Hold } from './holds.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const Row = Type.Object(Hold.properties)

const inForce = (at: string) => sql`h.released_at is null and (h.until is null or h.until > ${at}::timestamptz)`
const columns = (at: string) => sql`h.id, h.tenant_id as "tenantId",
  case when h.released_at is not null then 'released' when ${inForce(at)} then 'in-force' else 'expired' end as state,
  h.reason, h.until, h.placed_by as "placedBy", h.placed_at as "placedAt", h.released_by as "releasedBy",
  h.released_at as "releasedAt", h.release_reason as "releaseReason"`

const find = query({
  name: 'holds.find',
  row: Row,
  sample: [NOW, NOBODY, NOBODY] as [at: string, tenantId: string, id: string],
  sql: (at, tenantId, id) => sql`
    select ${columns(at)} from legal_holds h where h.id = ${id} and h.tenant_id = ${tenantId}`,
})
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'holds.list',
  row: Row,
  sample: [NOW, NOBODY, null, 1] as [at: string, tenantId: string, before: string | null, limit: number],
  sql: (at, tenantId, before, limit) => sql`
    select ${columns(at)} from legal_holds h
     where h.tenant_id = ${tenantId} and (${before}::uuid is null or h.id < ${before}::uuid)
     order by h.id desc limit ${limit}`,
})
/** The one that lasts longest, when any is in force. */
const held = query({
  name: 'holds.held',
  row: Type.Object({ id: Uuid, until: Type.Union([Timestamp, Type.Null()]) }),
  sample: [NOW, NOBODY] as [at: string, tenantId: string],
  sql: (at, tenantId) => sql`
    select h.id, h.until from legal_holds h where h.tenant_id = ${tenantId} and ${inForce(at)}
     order by h.until desc nulls first, h.id limit 1`,
})

export type NewHold = {
  id: string
  tenantId: string
  reason: string
  until: string | null
  placedBy: string
  placedAt: string
}
const insert = query({
  name: 'holds.insert',
  row: Type.Object({}),
  sample: [{ id: NOBODY, tenantId: NOBODY, reason: 'r', until: null, placedBy: NOBODY, placedAt: NOW }] as [
    hold: NewHold,
  ],
  sql: (h) => sql`
    insert into legal_holds (id, tenant_id, reason, until, placed_by, placed_at)
    values (${h.id}, ${h.tenantId}, ${h.reason}, ${h.until}::timestamptz, ${h.placedBy}, ${h.placedAt})`,
})
const release = query({
  name: 'holds.release',
  row: Type.Object({}),
  sample: [NOBODY, { by: NOBODY, at: NOW, reason: 'r' }] as [
    id: string,
    released: { by: string; at: string; reason: string },
  ],
  sql: (id, { by, at, reason }) => sql`
    update legal_holds set released_by = ${by}, released_at = ${at}, release_reason = ${reason}
     where id = ${id} and released_at is null`,
})

const confirm = query({
  name: 'holds.confirm-removal',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [tenantId: string, operationId: string],
  sql: (tenantId, operationId) => sql`update tenants set removal_confirmed = ${operationId} where id = ${tenantId}`,
})
const takeBack = query({
  name: 'holds.take-back-removal',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [tenantId: string, operationId: string],
  sql: (tenantId, operationId) => sql`
    update tenants set removal_confirmed = null where id = ${tenantId} and removal_confirmed = ${operationId}`,
})
/** The removal that destroys, or has destroyed. */
const confirmed = query({
  name: 'holds.confirmed-removal',
  row: Type.Object({ operationId: Type.Union([Uuid, Type.Null()]) }),
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`select removal_confirmed as "operationId" from tenants where id = ${tenantId}`,
})

export const holdsStore = {
  confirm: (tx: Tx, ...args: Parameters<typeof confirm.sql>) => tx.run(confirm, ...args),
  takeBack: (tx: Tx, ...args: Parameters<typeof takeBack.sql>) => tx.run(takeBack, ...args),
  confirmed: async (tx: Tx, tenantId: string) => (await tx.one(confirmed, tenantId)).operationId,
  find: (tx: Tx, ...args: Parameters<typeof find.sql>) => tx.maybe(find, ...args),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  held: (tx: Tx, ...args: Parameters<typeof held.sql>) => tx.maybe(held, ...args),
  insert: (tx: Tx, hold: NewHold) => tx.run(insert, hold),
  release: (tx: Tx, ...args: Parameters<typeof release.sql>) => tx.run(release, ...args),
}
