import { Type, type Static } from 'typebox'
import { OUTCOMES } from '../../domain/attestation.ts'
import { CLAUSE_OUTCOMES } from '../../domain/contract.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** Outcomes of every kind of evidence. */
export const EVIDENCE_OUTCOMES = [...new Set([...OUTCOMES, ...CLAUSE_OUTCOMES])]
export type EvidenceOutcome = (typeof EVIDENCE_OUTCOMES)[number]

const EvidenceRow = Type.Object({
  id: Uuid,
  kind: Type.String(),
  subject: Type.String(),
  unitId: orNull(Uuid),
  tenantId: orNull(Uuid),
  operationId: Uuid,
  outcome: Type.Enum(EVIDENCE_OUTCOMES),
  record: Type.String(),
  keyId: Type.String(),
  signature: Type.String(),
  measuredAt: Timestamp,
})
export type EvidenceRow = Static<typeof EvidenceRow>
const columns = sql`
  id, kind, subject, unit_id as "unitId", tenant_id as "tenantId", operation_id as "operationId", outcome, record,
  key_id as "keyId", signature, measured_at as "measuredAt"`

const find = query({
  name: 'evidence.find',
  row: EvidenceRow,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${columns} from evidence where id = ${id}`,
})
const ofOperation = query({
  name: 'evidence.of-operation',
  row: EvidenceRow,
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`select ${columns} from evidence where operation_id = ${operationId}`,
})

const certificate = query({
  name: 'evidence.certificate',
  row: EvidenceRow,
  sample: [NOBODY] as [tenantId: string],
  sql: (tenantId) => sql`
    select ${columns} from evidence where tenant_id = ${tenantId} and kind = 'decommission' order by measured_at desc, id desc limit 1`,
})

export type EvidenceFilter = {
  unitId: string | null
  kind: string | null
  outcome: EvidenceOutcome | null
  before: string | null
  beforeId: string | null
  limit: number
}
const list = query({
  name: 'evidence.list',
  row: EvidenceRow,
  sample: [{ unitId: null, kind: null, outcome: null, before: null, beforeId: null, limit: 50 }] as [
    filter: EvidenceFilter,
  ],
  sql: ({ unitId, kind, outcome, before, beforeId, limit }) => sql`
    select ${columns} from evidence
     where (${unitId}::uuid is null or unit_id = ${unitId}::uuid)
       and (${kind}::text is null or kind = ${kind}::text)
       and (${outcome}::text is null or outcome = ${outcome}::text)
       and (${before}::timestamptz is null or (measured_at, id) < (${before}::timestamptz, ${beforeId}::uuid))
     order by measured_at desc, id desc limit ${limit}::int`,
})

/** One operation measures once, however often its step is repeated. */
const insert = query({
  name: 'evidence.insert',
  row: Type.Object({}),
  sample: [
    {
      id: NOBODY,
      kind: 'isolation',
      subject: `unit:${NOBODY}`,
      unitId: NOBODY,
      tenantId: null,
      operationId: NOBODY,
      outcome: 'pass',
      record: '{}',
      keyId: 'k',
      signature: 's',
      measuredAt: '2026-01-01T00:00:00Z',
    },
  ] as [row: EvidenceRow],
  sql: (row) => sql`
    insert into evidence (id, kind, subject, unit_id, tenant_id, operation_id, outcome, record, key_id, signature, measured_at)
    values (${row.id}, ${row.kind}, ${row.subject}, ${row.unitId}, ${row.tenantId}, ${row.operationId}, ${row.outcome},
            ${row.record}, ${row.keyId}, ${row.signature}, ${row.measuredAt})
    on conflict (operation_id) do nothing`,
})

/** What the condition needs of a unit beside what its operation knows. */
const unit = query({
  name: 'evidence.unit',
  row: Type.Object({ generation: Type.Integer(), tenantId: orNull(Uuid) }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`
    select u.generation,
           (select t.id from tenants t where t.unit_id = u.id and u.kind <> 'cell') as "tenantId"
      from units u where u.id = ${unitId}`,
})

/**
 * Active units whose last record is older than `before`; one without any is due at once. One that was tried after `triedBefore`, or
 * at which something is at work or was after `quietSince`, is left alone; what waits for an approval may do so for a day.
 */
const due = query({
  name: 'evidence.due',
  row: Type.Object({ id: Uuid, name: Type.String(), region: Type.String() }),
  sample: ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 10] as [
    before: string,
    triedBefore: string,
    quietSince: string,
    limit: number,
  ],
  sql: (before, triedBefore, quietSince, limit) => sql`
    select u.id, u.name, u.region from units u
     where u.state = 'active'
       and coalesce((select max(e.measured_at) from evidence e where e.unit_id = u.id and e.kind = 'isolation'), '-infinity') < ${before}::timestamptz
       and not exists (select from operations o where o.unit_id = u.id
                         and ((o.finished_at is null and o.state <> 'waiting') or o.finished_at >= ${quietSince}::timestamptz
                              or (o.kind = 'unit.attest' and o.finished_at >= ${triedBefore}::timestamptz)))
     order by u.created_at, u.id limit ${limit}::int`,
})

export const evidenceStore = {
  find: (tx: Tx, id: string) => tx.maybe(find, id),
  certificate: (tx: Tx, tenantId: string) => tx.maybe(certificate, tenantId),
  ofOperation: (tx: Tx, operationId: string) => tx.maybe(ofOperation, operationId),
  list: (tx: Tx, filter: EvidenceFilter) => tx.all(list, filter),
  insert: (tx: Tx, row: EvidenceRow) => tx.run(insert, row),
  unit: (tx: Tx, unitId: string) => tx.one(unit, unitId),
  due: (tx: Tx, before: string, triedBefore: string, quietSince: string, limit: number) =>
    tx.all(due, before, triedBefore, quietSince, limit),
}
