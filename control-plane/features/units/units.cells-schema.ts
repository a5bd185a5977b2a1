import { Type, type Static } from 'typebox'
import { DEFAULT_PRODUCT, PRODUCT_NAME_MAX, PRODUCT_NAME_PATTERN } from '../../domain/products.ts'
import { APPROVAL_RULES, type ApprovalRule } from '../../domain/approvals.ts'
import { SLUG_MAX, SLUG_MIN, SLUG_PATTERN } from '../../domain/slug.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import { Condition } from '../../platform/conditions.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { Accepted, closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

/** What a cell carries unless told otherwise: a hundred tenants of the smallest plan at their full rate. */
export const DEFAULT_CAPACITY = { tenants: 100, requestsPerSecond: 2000 } as const
export const DEFAULT_RETIRE_APPROVAL: ApprovalRule = 'second-operator'

const name = Type.String({
  minLength: SLUG_MIN,
  maxLength: SLUG_MAX,
  pattern: SLUG_PATTERN,
  description: 'Name for ever: namespace, database and roles are derived from it, so it is never used twice',
  examples: ['cell-1'],
})
const version = Type.String({ maxLength: 64, pattern: '^[0-9A-Za-z][0-9A-Za-z._-]*$', examples: ['1.0.0'] })
const tenants = { description: 'How many tenants' }
const rate = { description: 'Sum of the sustained request rates promised to tenants, per second' }

export const Capacity = Type.Object(
  { tenants: Type.Integer({ minimum: 0, ...tenants }), requestsPerSecond: Type.Integer({ minimum: 0, ...rate }) },
  { $id: 'Capacity', ...closed, examples: [DEFAULT_CAPACITY] },
)

const RetireApproval = Type.Enum(APPROVAL_RULES, { description: 'Who must agree before the cell is retired' })

export const CreateCell = Type.Object(
  {
    name,
    region: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: '^[a-z0-9-]+$',
        description: 'May be left out while there is only one region',
        examples: ['local-1'],
      }),
    ),
    product: Type.Optional(
      Type.String({
        maxLength: PRODUCT_NAME_MAX,
        pattern: PRODUCT_NAME_PATTERN,
        default: DEFAULT_PRODUCT,
        description: 'A registered product',
      }),
    ),
    version: Type.Optional({ ...version, description: 'A registered version of it; its default one when left out' }),
    capacity: Type.Optional(
      Type.Object(
        {
          tenants: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 10_000, default: DEFAULT_CAPACITY.tenants, ...tenants }),
          ),
          requestsPerSecond: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1_000_000, default: DEFAULT_CAPACITY.requestsPerSecond, ...rate }),
          ),
        },
        closed,
      ),
    ),
    retireApproval: Type.Optional({ ...RetireApproval, default: DEFAULT_RETIRE_APPROVAL }),
  },
  { $id: 'CreateCell', ...closed, examples: [{ name: 'cell-1', region: 'local-1' }] },
)
export type CreateCell = Static<typeof CreateCell>

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
  kind: 'cell' as const,
  name: 'cell-1',
  region: 'local-1',
  product: DEFAULT_PRODUCT,
  version: '1.0.0',
  state: 'active' as const,
  capacity: DEFAULT_CAPACITY,
  retireApproval: DEFAULT_RETIRE_APPROVAL,
  used: { tenants: 2, requestsPerSecond: 120 },
  free: { tenants: 98, requestsPerSecond: 1880 },
  conditions: [],
  operations: [],
  generation: 1,
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:05.000Z',
}

export const Cell = Type.Object(
  {
    id: Uuid,
    kind: Type.Literal('cell'),
    name: Type.String(),
    region: Type.String(),
    product: Type.String(),
    version: Type.String(),
    state: Type.Enum(UNIT_STATES),
    capacity: ref(Capacity),
    retireApproval: RetireApproval,
    used: ref(Capacity),
    free: ref(Capacity),
    conditions: Type.Array(ref(Condition)),
    operations: Type.Array(ref(OpenOperation), {
      description: 'Operations on the cell itself that have not ended, oldest first',
    }),
    generation: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'Cell', ...closed, examples: [example] },
)
export type Cell = Static<typeof Cell>

export const CellAccepted = Type.Object(
  { ...Accepted.properties, cell: ref(Cell) },
  {
    $id: 'CellAccepted',
    ...closed,
    examples: [
      {
        operationId: example.id,
        state: 'running' as const,
        merged: false,
        cell: { ...example, state: 'creating' as const },
      },
    ],
  },
)
export type CellAccepted = Static<typeof CellAccepted>

export const CellPage = pageOf('Cell', Cell)

export const ListCells = Type.Object(
  {
    ...pageQuery,
    region: Type.Optional(Type.String({ maxLength: 64, pattern: '^[a-z0-9-]+$' })),
    state: Type.Optional(Type.Enum(UNIT_STATES, { description: 'Without it, retired cells are left out' })),
  },
  closed,
)
export type ListCells = Static<typeof ListCells>

export const CellParams = Type.Object({
  cell: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or name', examples: ['cell-1'] }),
})
