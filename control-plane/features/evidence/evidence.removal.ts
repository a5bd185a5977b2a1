import { Type } from 'typebox'
import { stepTitle } from '../../domain/operation-kinds.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { canonicalJson } from '../../platform/json.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import type { Signing } from '../../platform/signing.ts'
import { sql } from '../../platform/sql.ts'
import type { Look, RemovalRecord } from '../../proof/removal-record.ts'
import { evidenceStore } from './evidence.store.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const about = query({
  name: 'evidence.removal',
  row: Type.Object({
    slug: Type.String(),
    plan: Type.String(),
    region: Type.String(),
    residency: Type.Array(Type.String()),
    unitId: Uuid,
    unitKind: Type.String(),
    unitName: Type.String(),
    requestedBy: orNull(Uuid),
    approvedId: orNull(Uuid),
    approvedFor: orNull(Uuid),
    approvedAsked: orNull(Timestamp),
    decidedBy: orNull(Uuid),
    decidedAt: orNull(Timestamp),
    withoutExport: Type.Boolean(),
    events: Type.Integer(),
    evidence: Type.Integer(),
  }),
  sample: [NOBODY] as [operationId: string],
  // a repeat of a removal that failed runs on the approval of the first
  sql: (operationId) => sql`
    select t.slug, t.plan, t.region, t.residency, u.id as "unitId", u.kind as "unitKind", u.name as "unitName", o.requested_by as "requestedBy",
           a.id as "approvedId", a.requested_by as "approvedFor", a.created_at as "approvedAsked", a.decided_by as "decidedBy",
           a.decided_at as "decidedAt", coalesce((o.input ->> 'withoutExport')::boolean, false) as "withoutExport",
           coalesce((select s.sequence from audit_streams s where s.stream = 'tenant:' || t.id), 0)::int as events,
           (select count(*)::int from evidence e where e.tenant_id = t.id) as evidence
      from operations o join tenants t on t.id = o.tenant_id join units u on u.id = o.unit_id
      left join lateral (select q.id, q.requested_by, q.created_at, p.decided_by, p.decided_at from operation_approvals p join operations q on q.id = p.operation_id
                          where q.tenant_id = t.id and q.kind = 'tenant.decommission' and p.decision = 'approved' and q.sequence <= o.sequence
                          order by q.sequence desc limit 1) a on true
     where o.id = ${operationId}`,
})
const steps = query({
  name: 'evidence.removal-steps',
  row: Type.Object({ operationId: Uuid, step: Type.String(), finishedAt: Timestamp }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`
    select s.operation_id as "operationId", s.step, s.finished_at as "finishedAt"
      from operations o join operations all_of on all_of.tenant_id = o.tenant_id and all_of.kind = o.kind
      join operation_steps s on s.operation_id = all_of.id
     where o.id = ${operationId} and s.state = 'succeeded' and s.finished_at is not null and not starts_with(s.step, 'undo-')
     order by s.finished_at, s.step`,
})
const exportsOf = query({
  name: 'evidence.removal-exports',
  row: Type.Object({
    id: Uuid,
    sha256: Type.String(),
    bytes: Type.Integer(),
    keepUntil: Timestamp,
    region: Type.String(),
    opensWith: Type.Enum(['plane', 'nothing']),
  }),
  sample: [NOBODY] as [operationId: string],
  // what was not handed over before its own key went opens no more
  sql: (operationId) => sql`
    select case when e.wrapped_key is null or e.handed_over_at is not null then 'plane' else 'nothing' end as "opensWith", e.id, e.sha256, e.bytes::int8 as bytes, e.keep_until as "keepUntil", e.region
      from operations o join exports e on e.tenant_id = o.tenant_id
     where o.id = ${operationId} and e.deleted_at is null order by e.id`,
})

const holdsOf = query({
  name: 'evidence.removal-holds',
  row: Type.Object({
    id: Uuid,
    placedBy: Uuid,
    placedAt: Timestamp,
    until: orNull(Timestamp),
    releasedBy: orNull(Uuid),
    releasedAt: orNull(Timestamp),
  }),
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`
    select id, placed_by as "placedBy", placed_at as "placedAt", until, released_by as "releasedBy", released_at as "releasedAt"
      from legal_holds where tenant_id = ${tenantId} order by id`,
})

const backupsOf = query({
  name: 'evidence.removal-backups',
  row: Type.Object({ id: Uuid, takenAt: Timestamp, removedAt: Timestamp }),
  sample: [NOBODY] as [tenantId: string],
  // what its time or its failure had ended before was deleted by name, and is in the audit record
  sql: (tenantId) => sql`
    select id, taken_at as "takenAt", removed_at as "removedAt" from backups
     where tenant_id = ${tenantId} and removed_why = 'stack-gone' order by id`,
})

/** Steps that take away what is a tenant's. */
const DESTROYING: ReadonlySet<string> = new Set([
  'close-edge',
  'remove-route',
  'withdraw-tenant',
  'erase-rows',
  'remove-workload',
  'remove-database',
  'remove-namespace',
  'destroy-stack',
])
const CREDENTIAL = 'separate from the one that removed, and able to read only, but where a look says otherwise'

export type Removed = { tenantId: string; operationId: string; looks: readonly Look[] }
/** Signs the certificate of a tenant of which nothing was found, once per operation. */
export type RecordRemoval = (tx: Tx, removed: Removed) => Promise<void>

export const recordRemoval =
  ({ signing, clock }: { signing: Pick<Signing, 'sign'>; clock: Clock }): RecordRemoval =>
  async (tx, { tenantId, operationId, looks }) => {
    if ((await evidenceStore.ofOperation(tx, operationId)) !== undefined) return
    const row = await tx.one(about, operationId)
    const done = (await tx.all(steps, operationId)).filter(({ step }) => DESTROYING.has(step))
    const { slug, plan, region, residency, unitId, unitKind, unitName, requestedBy } = row
    const record: RemovalRecord = {
      version: 1,
      kind: 'decommission',
      subject: `tenant:${tenantId}`,
      tenant: { id: tenantId, slug, plan, region, residency },
      unit: { id: unitId, kind: unitKind, name: unitName },
      tenantId,
      operationId,
      requestedBy,
      approval: approvalOf(row),
      holds: await tx.all(holdsOf, tenantId),
      destroyed: done.map((one) => ({ ...one, title: stepTitle('tenant.decommission', one.step) ?? one.step })),
      backups: await tx.all(backupsOf, tenantId),
      sweep: { credential: CREDENTIAL, looks },
      stays: stays(row, await tx.all(exportsOf, operationId)),
      outcome: 'pass',
      measuredAt: clock.now().toISOString(),
    }
    const text = canonicalJson(record)
    const signed = await signing.sign(tx, 'evidence', Buffer.from(text))
    const { kind, subject, outcome, measuredAt } = record
    await evidenceStore.insert(tx, {
      id: newId(),
      kind,
      subject,
      unitId,
      tenantId,
      operationId,
      outcome,
      measuredAt,
      record: text,
      ...signed,
    })
  }

type Approved = {
  approvedId: string | null
  approvedFor: string | null
  approvedAsked: string | null
  decidedBy: string | null
  decidedAt: string | null
}
function approvalOf({ approvedId, approvedFor, approvedAsked, decidedBy, decidedAt }: Approved) {
  if (approvedId === null || approvedAsked === null || decidedBy === null || decidedAt === null) return null
  return { operationId: approvedId, requestedBy: approvedFor, requestedAt: approvedAsked, decidedBy, decidedAt }
}

type Row = { slug: string; withoutExport: boolean; events: number; evidence: number }
type Kept = { id: string; sha256: string; bytes: number; keepUntil: string; region: string; opensWith: string }

/** What is not destroyed, each with the reason; so that nobody takes it for a remainder. */
function stays({ slug, withoutExport, events, evidence }: Row, exports: readonly Kept[]): RemovalRecord['stays'] {
  return [
    ...exports.map(({ keepUntil, ...detail }) => ({
      what: 'export',
      why: 'kept sealed for the time that its region states, or as long as a legal hold lasts',
      until: keepUntil,
      detail,
    })),
    ...(withoutExport
      ? [{ what: 'no export', why: 'who asked for the removal waived it', until: null, detail: {} }]
      : []),
    { what: 'audit record', why: 'who did what; its personal values can be erased', until: null, detail: { events } },
    { what: 'evidence', why: 'signed records of what was measured', until: null, detail: { records: evidence } },
    { what: 'terms', why: 'plan, quote and price as they were sold, for the books', until: null, detail: {} },
    { what: 'slug', why: 'it is never given to anybody else', until: null, detail: { slug } },
    { what: 'fences', why: 'an id and a number that refuse late effects of its operations', until: null, detail: {} },
  ]
}
