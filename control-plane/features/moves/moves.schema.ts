import { Type, type Static } from 'typebox'
import { LIMIT_NAMES } from '../../domain/limits.ts'
import { MOVE_STATES } from '../../domain/moves.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const figure = (description: string) => orNull(Type.Integer({ minimum: 0, description }))

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c70',
  tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01',
  tenant: 'acme',
  state: 'soaking' as const,
  source: {
    unit: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', kind: 'cell' as const, name: 'cell-1' },
    plan: 'team-shared',
  },
  target: {
    unit: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56', kind: 'instance' as const, name: 'acme' },
    plan: 'business-private',
  },
  servedBy: 'acme',
  notKept: [],
  soakMinutes: 1440,
  begunAt: '2026-11-28T20:00:00.000Z',
  switchedAt: '2026-11-28T20:00:12.000Z',
  soaksUntil: '2026-11-29T20:00:12.000Z',
  endedAt: null,
  report: {
    tables: 4,
    copyMs: 1800,
    lagBytes: 1024,
    freezeMs: 120,
    rowsCompared: 310,
    rowsVerified: 20_431,
    rowsErased: null,
  },
  steps: [
    {
      operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c71',
      kind: 'tenant.move',
      step: 'switch-tenant',
      durationMs: 240,
    },
  ],
}

const MovePlace = Type.Object(
  {
    unit: Type.Object({ id: Uuid, kind: Type.Enum(UNIT_KINDS), name: Type.String() }, closed),
    plan: Type.String({ description: 'What the tenant has there' }),
  },
  { $id: 'MovePlace', ...closed, examples: [example.source] },
)

/** One tenant's way from a unit to another, with what was measured. */
export const Move = Type.Object(
  {
    id: Uuid,
    tenantId: Uuid,
    tenant: Type.String({ description: 'Its slug' }),
    state: Type.Enum(MOVE_STATES, {
      description:
        '`soaking`: served at the new place, and can still go back; `stuck`: neither there nor taken back, abort it; `retiring`: nothing leads back',
    }),
    source: ref(MovePlace),
    target: ref(MovePlace),
    servedBy: Type.String({ description: 'The unit that serves the tenant now' }),
    notKept: Type.Array(Type.Enum(LIMIT_NAMES), {
      description:
        'Limits changed since the switch that an abort gives up, because the old plan or the old place cannot grant them; all others stay as they were sold',
    }),
    soakMinutes: Type.Integer({ description: 'How long the way back stays open after the switch' }),
    begunAt: Timestamp,
    switchedAt: orNull(Timestamp),
    soaksUntil: Type.Union([Timestamp, Type.Null()], { description: 'When the plane retires it by itself' }),
    endedAt: orNull(Timestamp),
    report: Type.Object(
      {
        tables: figure('Tables of the copy'),
        copyMs: figure('Until the copy followed what is written'),
        lagBytes: figure('Bytes of log that the other side had not confirmed just before the freeze'),
        freezeMs: figure('From the first refused write to the switched address'),
        rowsCompared: figure('Keys written since the copy began that were compared on both sides'),
        rowsVerified: figure('Rows that were the same on both sides at the last whole comparison'),
        rowsErased: figure('Rows erased at the place that was given up'),
      },
      { ...closed, description: 'Null: not measured yet' },
    ),
    steps: Type.Array(
      Type.Object({ operationId: Uuid, kind: Type.String(), step: Type.String(), durationMs: Type.Integer() }, closed),
      { description: 'Steps that succeeded, of all operations of this move, in order' },
    ),
  },
  { $id: 'Move', ...closed, examples: [example] },
)
export type Move = Static<typeof Move>
export const MovePage = pageOf('Move', Move)

const word = { maxLength: 64, pattern: '^[A-Za-z0-9-]*$' }
export const ListMoves = Type.Object(
  {
    ...pageQuery,
    tenant: Type.Optional(Type.String({ ...word, description: 'Slug or id' })),
    state: Type.Optional(Type.Enum(MOVE_STATES)),
  },
  closed,
)
export type ListMoves = Static<typeof ListMoves>
export const MoveParams = Type.Object({ id: Uuid }, closed)
