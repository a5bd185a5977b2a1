import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { DEFAULT_PRODUCT } from '../../domain/products.ts'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import { Condition } from '../../platform/conditions.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { Accepted, closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'
import { Capacity } from './units.cells-schema.ts'

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56',
  kind: 'instance' as const,
  name: 'acme',
  region: 'local-1',
  product: DEFAULT_PRODUCT,
  version: '1.0.0',
  confirmedVersion: '1.0.0',
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
    version: Type.String({ description: 'The version wanted; while a deployment runs, the one it goes to' }),
    confirmedVersion: Type.Union([Type.String(), Type.Null()], {
      description: 'The version that every pod was last seen to serve; null until the unit was made',
    }),
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

export const DeployUnit = Type.Object(
  {
    version: Type.String({
      minLength: 1,
      maxLength: 63,
      pattern: '^[0-9A-Za-z][0-9A-Za-z._-]*$',
      description: 'A registered version of its product; an older one where its code still runs on the database',
    }),
  },
  { $id: 'DeployUnit', ...closed, examples: [{ version: '1.1.0' }] },
)
export type DeployUnit = Static<typeof DeployUnit>

export const UnitAccepted = Type.Object(
  { ...Accepted.properties, unit: ref(Unit) },
  {
    $id: 'UnitAccepted',
    ...closed,
    examples: [
      { operationId: example.id, state: 'running' as const, merged: false, unit: { ...example, version: '1.1.0' } },
    ],
  },
)
export type UnitAccepted = Static<typeof UnitAccepted>

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
