import { Type, type Static } from 'typebox'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description })
const Reason = Type.String({
  minLength: 3,
  maxLength: 500,
  pattern: '\\S',
  description: 'Names the matter, not persons: it stays in the record for ever',
  examples: ['matter 2026-117'],
})

export const PlaceHold = Type.Object(
  {
    reason: Reason,
    until: Type.Optional(
      Type.String({ format: 'date-time', description: 'It ends by itself then; left out: only when it is released' }),
    ),
  },
  { $id: 'PlaceHold', ...closed, examples: [{ reason: 'matter 2026-117', until: '2027-06-30T00:00:00Z' }] },
)
export type PlaceHold = Static<typeof PlaceHold>
export const ReleaseHold = Type.Object(
  { reason: Reason },
  { $id: 'ReleaseHold', ...closed, examples: [{ reason: 'matter 2026-117 was settled' }] },
)

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c70',
  tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
  state: 'in-force' as const,
  reason: 'matter 2026-117',
  until: null,
  placedBy: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c71',
  placedAt: '2026-11-22T09:30:00.000Z',
  releasedBy: null,
  releasedAt: null,
  releaseReason: null,
}
export const Hold = Type.Object(
  {
    id: Uuid,
    tenantId: Uuid,
    state: Type.Enum(['in-force', 'released', 'expired']),
    reason: Type.String(),
    until: orNull(Timestamp, 'When it ends by itself'),
    placedBy: Uuid,
    placedAt: Timestamp,
    releasedBy: orNull(Uuid, 'Who released it'),
    releasedAt: orNull(Timestamp, 'When it was released'),
    releaseReason: orNull(Type.String(), 'Why it was released'),
  },
  {
    $id: 'Hold',
    ...closed,
    examples: [example],
  },
)
export type Hold = Static<typeof Hold>

const operation = orNull(Uuid, 'The removal that was under way and turns back; null: none was')
export const HoldPlaced = Type.Object(
  { hold: Type.Object(Hold.properties, closed), stopped: operation },
  { $id: 'HoldPlaced', ...closed, examples: [{ hold: example, stopped: null }] },
)
export type HoldPlaced = Static<typeof HoldPlaced>

export const HoldPage = pageOf('Hold', Hold)
export const ListHolds = Type.Object(pageQuery, closed)
const tenant = Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] })
export const HeldTenantParams = Type.Object({ tenant }, closed)
export const HoldParams = Type.Object({ tenant, hold: Uuid }, closed)
