import { Type, type Static } from 'typebox'
import { LIMIT_NAMES } from '../../domain/limits.ts'
import { MOVE_ROWS, MOVE_STATES } from '../../domain/moves.ts'
import { TENANT_STATES } from '../../domain/tenant-lifecycle.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'

export const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Limits = Type.Object({
  requestsPerSecond: Type.Integer(),
  burst: Type.Integer(),
  statementTimeoutMs: Type.Integer(),
})
const Terms = Type.Object({ plan: Type.String(), overrides: Type.Partial(Limits), limits: Limits })

/** What was measured, as far as it was: figures, never a row. */
export const MoveReport = Type.Object({
  /** Tables of the copy, and how long it took until it followed what is written. */
  tables: Type.Optional(Type.Integer()),
  copyMs: Type.Optional(Type.Integer()),
  /** Bytes of log that the other side had not confirmed just before the freeze. */
  lagBytes: Type.Optional(Type.Integer()),
  /** From the first refused write to the switched address. */
  freezeMs: Type.Optional(Type.Integer()),
  /** Keys written since the copy began that were compared on both sides. */
  rowsCompared: Type.Optional(Type.Integer()),
  /** Rows of the last whole comparison. */
  rowsVerified: Type.Optional(Type.Integer()),
  rowsErased: Type.Optional(Type.Integer()),
})
export type MoveReport = Static<typeof MoveReport>

/** A move as decisions need it. */
export const MoveRow = Type.Object({
  id: Uuid,
  tenantId: Uuid,
  sourceUnitId: Uuid,
  targetUnitId: Uuid,
  guestUnitId: orNull(Uuid),
  before: Terms,
  wanted: Terms,
  /** Limits changed since the switch that an abort gives up. */
  notKept: Type.Array(Type.Enum(LIMIT_NAMES)),
  state: Type.Enum(MOVE_STATES),
  rows: Type.Enum(MOVE_ROWS),
  takenBack: Type.Boolean(),
  soakMinutes: Type.Integer(),
  report: MoveReport,
  begunAt: Timestamp,
  switchedAt: orNull(Timestamp),
  soaksUntil: orNull(Timestamp),
  endedAt: orNull(Timestamp),
})
export type MoveRow = Static<typeof MoveRow>

/** Columns of `MoveRow`, of `moves m`. */
export const moveColumns = sql`
  m.id, m.tenant_id as "tenantId", m.source_unit_id as "sourceUnitId", m.target_unit_id as "targetUnitId", m.guest_unit_id as "guestUnitId",
  m.before, m.wanted, m.not_kept as "notKept", m.state, m.rows, m.taken_back as "takenBack", m.soak_minutes as "soakMinutes", m.report, m.begun_at as "begunAt",
  m.switched_at as "switchedAt", m.soaks_until as "soaksUntil", m.ended_at as "endedAt"`

const Place = Type.Object({ id: Uuid, kind: Type.Enum(UNIT_KINDS), name: Type.String() })
const Step = Type.Object({ operationId: Uuid, kind: Type.String(), step: Type.String(), durationMs: Type.Integer() })

/** A move as it is shown: with its places, the operations that carried it and how long each of their steps took. */
export const MoveView = Type.Object({
  ...MoveRow.properties,
  slug: Type.String(),
  region: Type.String(),
  tenantState: Type.Enum(TENANT_STATES),
  /** What the tenant has now. */
  plan: Type.String(),
  placedIn: Uuid,
  source: Place,
  target: Place,
  steps: Type.Array(Step),
})
export type MoveView = Static<typeof MoveView>

const placeOf = (alias: 's' | 'g') =>
  alias === 's'
    ? sql`jsonb_build_object('id', s.id, 'kind', s.kind, 'name', s.name)`
    : sql`jsonb_build_object('id', g.id, 'kind', g.kind, 'name', g.name)`

/** `select` of `MoveView`. */
export const moveView = sql`
  select ${moveColumns}, t.slug, t.region, t.state as "tenantState", t.plan, t.unit_id as "placedIn", ${placeOf('s')} as source, ${placeOf('g')} as target,
         (select coalesce(jsonb_agg(jsonb_build_object('operationId', o.id, 'kind', o.kind, 'step', p.step,
                   'durationMs', (extract(epoch from p.finished_at - p.started_at) * 1000)::integer) order by p.started_at, p.step), '[]')
            from operations o join operation_steps p on p.operation_id = o.id
           where o.tenant_id = m.tenant_id and o.input ->> 'moveId' = m.id::text and p.state = 'succeeded') as steps
    from moves m
    join tenants t on t.id = m.tenant_id
    join units s on s.id = m.source_unit_id
    join units g on g.id = m.target_unit_id`
