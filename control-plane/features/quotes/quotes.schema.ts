import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import { OVERRIDE_BOUNDS, type Limits } from '../../domain/limits.ts'
import { PRODUCT_NAME_MAX, PRODUCT_NAME_PATTERN } from '../../domain/products.ts'
import { QUOTE_STATES } from '../../domain/quotes.ts'
import { SLUG_MAX, SLUG_MIN, SLUG_PATTERN } from '../../domain/slug.ts'
import { ISOLATIONS } from '../../domain/unit-kinds.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const named = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-z0-9-]+$', description, examples: [example] })
const override = (limit: keyof Limits) =>
  Type.Optional(
    Type.Integer({
      minimum: OVERRIDE_BOUNDS[limit].least,
      maximum: 10_000_000,
      description: `At most ${OVERRIDE_BOUNDS[limit].factor} times what the plan grants`,
    }),
  )
const overrides = Type.Object(
  {
    requestsPerSecond: override('requestsPerSecond'),
    burst: override('burst'),
    statementTimeoutMs: override('statementTimeoutMs'),
  },
  closed,
)
const limits = Type.Object(
  { requestsPerSecond: Type.Integer(), burst: Type.Integer(), statementTimeoutMs: Type.Integer() },
  closed,
)

export const CreateQuote = Type.Object(
  {
    slug: Type.String({
      minLength: SLUG_MIN,
      maxLength: SLUG_MAX,
      pattern: SLUG_PATTERN,
      description: 'What the tenant would be called; nothing is reserved',
      examples: ['acme'],
    }),
    plan: named('A plan of the catalogue', 'starter-shared'),
    region: Type.Optional(named('The first region of the plan when left out', 'local-1')),
    product: Type.Optional(
      Type.String({
        maxLength: PRODUCT_NAME_MAX,
        pattern: PRODUCT_NAME_PATTERN,
        description: 'A registered product; that of the plan when left out',
        examples: ['notes'],
      }),
    ),
    limits: Type.Optional(overrides),
  },
  { $id: 'CreateQuote', ...closed, examples: [{ slug: 'acme', plan: 'starter-shared', limits: { burst: 80 } }] },
)
export type CreateQuote = Static<typeof CreateQuote>

const Price = Type.Object(
  {
    minor: Type.Integer({ description: 'Per month, in minor units' }),
    setupMinor: Type.Integer({ description: 'Once, at the start, in minor units' }),
    currency: Type.String({ description: 'ISO 4217' }),
  },
  { ...closed, description: 'Holds for who accepts, whatever the catalogue says by then and later' },
)
const Capacity = Type.Object(
  { verdict: Type.Enum(['room', 'full']), reason: Type.String() },
  { ...closed, description: 'Whether there was room for it when the quote was made; nothing is reserved' },
)
const Residency = Type.Object(
  { verdict: Type.Enum(['inside', 'outside']), reason: Type.String() },
  { ...closed, description: 'Whether the region is one of the plan' },
)
const Estimate = Type.Object({ p50Ms: Type.Integer(), p95Ms: Type.Integer() }, closed)

export const Quote = Type.Object(
  {
    id: Uuid,
    slug: Type.String(),
    plan: Type.String(),
    isolation: Type.Enum(ISOLATIONS),
    region: Type.String(),
    product: Type.String(),
    facets: Type.Array(Type.Enum(FACETS)),
    limits,
    overrides,
    price: Price,
    trialDays: orNull(Type.Integer({ minimum: 1 })),
    capacity: Capacity,
    residency: Residency,
    estimate: Type.Union([Estimate, Type.Null()], {
      description: 'How long it takes by what ended before in this plane; null: no history yet',
    }),
    state: Type.Enum(QUOTE_STATES),
    tenantId: Type.Union([Uuid, Type.Null()], { description: 'The tenant that came of it' }),
    createdBy: Uuid,
    createdAt: Timestamp,
    expiresAt: Timestamp,
    decidedAt: Type.Union([Timestamp, Type.Null()], { description: 'When it was accepted or withdrawn' }),
  },
  {
    $id: 'Quote',
    ...closed,
    examples: [
      {
        id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c77',
        slug: 'acme',
        plan: 'starter-shared',
        isolation: 'shared' as const,
        region: 'local-1',
        product: 'ledger',
        facets: [],
        limits: { requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 },
        overrides: { burst: 80 },
        price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
        trialDays: null,
        capacity: { verdict: 'room' as const, reason: 'The cell cell-1 has room for it' },
        residency: {
          verdict: 'inside' as const,
          reason: 'Its data would stay in local-1, where starter-shared is offered',
        },
        estimate: { p50Ms: 600, p95Ms: 900 },
        state: 'open' as const,
        tenantId: null,
        createdBy: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        createdAt: '2026-11-22T09:30:00.000Z',
        expiresAt: '2026-12-06T09:30:00.000Z',
        decidedAt: null,
      },
    ],
  },
)
export type Quote = Static<typeof Quote>
export const QuotePage = pageOf('Quote', Quote)

const word = { maxLength: 64, pattern: '^[^\\u0000]*$' }
export const ListQuotes = Type.Object(
  {
    ...pageQuery,
    slug: Type.Optional(Type.String({ ...word, description: 'Beginning of the slug' })),
    plan: Type.Optional(Type.String(word)),
    region: Type.Optional(Type.String(word)),
    state: Type.Optional(Type.Enum(QUOTE_STATES)),
  },
  closed,
)
export type ListQuotes = Static<typeof ListQuotes>
export const QuoteParams = Type.Object({ id: Uuid })
