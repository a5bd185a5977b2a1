import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { DEFAULT_PRODUCT } from '../../domain/products.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import { Condition } from '../../platform/conditions.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'
import { Capacity } from './units.cells-schema.ts'

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56',
  kind: 'instance' as const,
  name: 'acme',
  region: 'local-1',
  product: DEFAULT_PRODUCT,
  version: '1.0.0',
  state: 'active' as const,
  facets: ['namespace' as const, 'database' as const],
  tenant: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c57', slug: 'acme' },
  capacity: null,
  used: { tenants: 1, requestsPerSecond: 200 },
  conditions: [],
  operations: [],
  generation: 1,
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:05.000Z',
}

/** Anything a release is deployed to and a database belongs to, whoever is placed there. */
export const Unit = Type.Object(
  {
    id: Uuid,
    kind: Type.Enum(UNIT_KINDS),
    name: Type.String(),
    region: Type.String(),
    product: Type.String(),
    version: Type.String(),
    state: Type.Enum(UNIT_STATES),
    facets: Type.Array(Type.Enum(FACETS), { description: 'What an instance has to itself; empty for a cell' }),
    tenant: Type.Union([Type.Object({ id: Uuid, slug: Type.String() }, closed), Type.Null()], {
      description: 'Whose own it is; null for a cell',
    }),
    capacity: Type.Union([ref(Capacity), Type.Null()], { description: 'Null for an instance: it takes nobody else' }),
    used: ref(Capacity),
    conditions: Type.Array(ref(Condition)),
    operations: Type.Array(ref(OpenOperation), {
      description:
        'Operations on the unit itself that have not ended, oldest first; of an instance those on its tenant, too',
    }),
    generation: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'Unit', ...closed, examples: [example] },
)
export type Unit = Static<typeof Unit>

export const UnitPage = pageOf('Unit', Unit)

export const ListUnits = Type.Object(
  {
    ...pageQuery,
    kind: Type.Optional(Type.Enum(UNIT_KINDS)),
    region: Type.Optional(Type.String({ maxLength: 64, pattern: '^[a-z0-9-]+$' })),
    state: Type.Optional(Type.Enum(UNIT_STATES, { description: 'Without it, retired units are left out' })),
  },
  closed,
)
export type ListUnits = Static<typeof ListUnits>

export const UnitParams = Type.Object({
  unit: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or name', examples: ['acme'] }),
})
