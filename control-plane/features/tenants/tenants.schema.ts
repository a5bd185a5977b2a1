import { Type, type Static } from 'typebox'
import { LIMIT_NAMES, OVERRIDE_BOUNDS } from '../../domain/limits.ts'
import { FACETS } from '../../domain/facets.ts'
import { DEFAULT_PRODUCT, PRODUCT_NAME_MAX, PRODUCT_NAME_PATTERN } from '../../domain/products.ts'
import { SLUG_MAX, SLUG_MIN, SLUG_PATTERN } from '../../domain/slug.ts'
import { TENANT_STATES } from '../../domain/tenant-lifecycle.ts'
import { ISOLATIONS, UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { Condition } from '../../platform/conditions.ts'
import { OpenOperation } from '../../platform/operation-port.ts'
import { Accepted, closed, pageOf, pageQuery, ref, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
/** PostgreSQL stores no NUL in text; in one-line fields no control character makes sense. */
const line = (maxLength: number, examples: readonly string[]) =>
  Type.String({
    minLength: 1,
    maxLength,
    pattern: '^[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u001f\\u007f]*$',
    examples: [...examples],
  })
const name = line(200, ['Acme Corporation'])
const externalId = line(200, ['crm-4711'])
const contact = line(320, ['ada@acme.example'])
const notes = Type.String({ maxLength: 4000, pattern: '^[^\\u0000]*$', examples: ['Wants invoices in March'] })
/** A name of the catalogue; whether it exists is for the service to say. */
const reference = (examples: readonly string[]) =>
  Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-z0-9-]+$', examples: [...examples] })
const plan = reference(['starter-shared'])
const region = reference(['local-1'])

const amount = (limit: (typeof LIMIT_NAMES)[number]) =>
  Type.Integer({
    minimum: OVERRIDE_BOUNDS[limit].least,
    maximum: 10_000_000,
    description: `At most ${OVERRIDE_BOUNDS[limit].factor} times what the plan grants`,
  })
const [rate, burst, timeout] = [amount('requestsPerSecond'), amount('burst'), amount('statementTimeoutMs')]
const overrideExample = { burst: 80 }

export const Limits = Type.Object(
  {
    requestsPerSecond: Type.Integer({ description: 'Sustained' }),
    burst: Type.Integer({ description: 'Requests at once above the sustained rate' }),
    statementTimeoutMs: Type.Integer({ description: 'Longest time of one SQL statement' }),
  },
  { $id: 'TenantLimits', ...closed, examples: [{ requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 }] },
)
export const LimitOverrides = Type.Object(
  { requestsPerSecond: Type.Optional(rate), burst: Type.Optional(burst), statementTimeoutMs: Type.Optional(timeout) },
  { $id: 'LimitOverrides', ...closed, examples: [overrideExample] },
)
const LimitPatch = Type.Object(
  {
    requestsPerSecond: Type.Optional(orNull(rate)),
    burst: Type.Optional(orNull(burst)),
    statementTimeoutMs: Type.Optional(orNull(timeout)),
  },
  { ...closed },
)

export const CreateTenant = Type.Object(
  {
    slug: Type.String({
      minLength: SLUG_MIN,
      maxLength: SLUG_MAX,
      pattern: SLUG_PATTERN,
      description: 'First label of its host name; never used twice',
      examples: ['acme'],
    }),
    name: Type.Optional({ ...name, description: 'For people; the slug when left out' }),
    plan: Type.Optional({ ...plan, description: 'Needed unless a quote names it' }),
    quote: Type.Optional({
      ...Uuid,
      description: 'The quote that is accepted with this: what it offers holds, and may be left out here',
    }),
    region: Type.Optional({ ...region, description: 'That of the quote, else the first of the plan, when left out' }),
    product: Type.Optional(
      Type.String({
        maxLength: PRODUCT_NAME_MAX,
        pattern: PRODUCT_NAME_PATTERN,
        description: `A registered product; that of quote or plan when left out, else ${DEFAULT_PRODUCT}`,
        examples: ['notes'],
      }),
    ),
    limits: Type.Optional(ref(LimitOverrides)),
    externalId: Type.Optional(externalId),
    contact: Type.Optional(contact),
    notes: Type.Optional(notes),
  },
  {
    $id: 'CreateTenant',
    ...closed,
    examples: [{ slug: 'acme', name: 'Acme Corporation', plan: 'starter-shared', externalId: 'crm-4711' }],
  },
)
export type CreateTenant = Static<typeof CreateTenant>

const { quote: _quote, plan: _plan, ...ofCreation } = CreateTenant.properties
export const AdoptTenant = Type.Object(
  {
    ...ofCreation,
    id: Type.Optional({ ...Uuid, description: 'The tenant_id that the rows carry; a new one when left out' }),
    plan: { ...plan, description: 'A private plan' },
    namespace: Type.String({
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z]([a-z0-9-]*[a-z0-9])?$',
      description: 'In the cluster of the region; it keeps its name',
      examples: ['acme-prod'],
    }),
    database: Type.String({
      minLength: 1,
      maxLength: 63,
      pattern: '^[a-z_][a-z0-9_-]*$',
      description: 'On the product database cluster of the region; it keeps its name',
      examples: ['acme_prod'],
    }),
  },
  {
    $id: 'AdoptTenant',
    ...closed,
    examples: [{ slug: 'acme', plan: 'team-private', namespace: 'acme-prod', database: 'acme_prod' }],
  },
)
export type AdoptTenant = Static<typeof AdoptTenant>

export const UpdateTenant = Type.Object(
  {
    name: Type.Optional(name),
    plan: Type.Optional(plan),
    limits: Type.Optional({
      ...orNull(LimitPatch),
      description: 'null takes all overrides back, null for one of them that one',
    }),
    externalId: Type.Optional(orNull(externalId)),
    contact: Type.Optional(orNull(contact)),
    notes: Type.Optional(orNull(notes)),
  },
  {
    $id: 'UpdateTenant',
    ...closed,
    minProperties: 1,
    description: 'JSON merge patch (RFC 7396): what is left out stays, null clears',
    examples: [{ plan: 'team-shared', notes: null }],
  },
)
export type UpdateTenant = Static<typeof UpdateTenant>

export const MoveTenant = Type.Object(
  {
    plan: { ...plan, description: 'A plan of another isolation than the tenant has' },
    limits: Type.Optional({ ...LimitPatch, description: 'As in a change of the tenant: null takes an override back' }),
    soakMinutes: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 43_200,
        description: 'How long it can still go back after the switch, before the old place is removed',
      }),
    ),
  },
  { $id: 'MoveTenant', ...closed, examples: [{ plan: 'business-private', soakMinutes: 60 }] },
)
export type MoveTenant = Static<typeof MoveTenant>

const example = {
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c01',
  slug: 'acme',
  name: 'Acme Corporation',
  plan: 'starter-shared',
  isolation: 'shared' as const,
  product: DEFAULT_PRODUCT,
  region: 'local-1',
  residency: ['local-1'],
  unit: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', kind: 'cell' as const, name: 'cell-1' },
  state: 'active' as const,
  host: 'acme.localhost',
  url: 'http://acme.localhost:7401',
  limits: { requestsPerSecond: 20, burst: 80, statementTimeoutMs: 2000 },
  overrides: overrideExample,
  facets: [],
  price: { minor: 4900, setupMinor: 0, currency: 'EUR' },
  quoteId: null,
  trialEndsAt: null,
  externalId: 'crm-4711',
  contact: null,
  notes: null,
  conditions: [],
  operations: [],
  readyAt: '2026-11-22T09:30:01.000Z',
  generation: 1,
  createdAt: '2026-11-22T09:30:00.000Z',
  updatedAt: '2026-11-22T09:30:01.000Z',
}
const Unit = Type.Object(
  { id: Uuid, kind: Type.Enum(UNIT_KINDS), name: Type.String() },
  { $id: 'Placement', ...closed, examples: [example.unit] },
)

const facets = Type.Array(Type.Enum(FACETS), {
  description: 'What a private tenant has to itself; empty for a shared one',
})

const intended = {
  slug: Type.String(),
  name: Type.String(),
  plan: Type.String(),
  isolation: Type.Enum(ISOLATIONS),
  product: Type.String({ description: 'What it is served' }),
  region: Type.String(),
  residency: Type.Array(Type.String(), { description: 'Regions its data may touch' }),
  host: Type.String(),
  url: Type.String({ description: 'Where its users go' }),
  limits: ref(Limits),
  overrides: ref(LimitOverrides),
  facets,
  price: Type.Object(
    { minor: Type.Integer(), setupMinor: Type.Integer(), currency: Type.String() },
    { ...closed, description: 'Per month and once, in minor units: as it was quoted, else as the catalogue says' },
  ),
  quoteId: Type.Union([Uuid, Type.Null()], { description: 'The quote that it came of' }),
}
export const Tenant = Type.Object(
  {
    id: Uuid,
    ...intended,
    unit: ref(Unit),
    state: Type.Enum(TENANT_STATES),
    trialEndsAt: Type.Union([Timestamp, Type.Null()], {
      description: 'When the plane suspends it unless it goes to another plan; null: it is on no trial',
    }),
    externalId: orNull(Type.String()),
    contact: orNull(Type.String()),
    notes: orNull(Type.String()),
    conditions: Type.Array(ref(Condition)),
    operations: Type.Array(ref(OpenOperation), { description: 'Operations that have not ended, oldest first' }),
    readyAt: orNull(Timestamp),
    generation: Type.Integer({ minimum: 1 }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { $id: 'Tenant', ...closed, examples: [example] },
)
export type Tenant = Static<typeof Tenant>

const step = { step: 'publish-tenant', title: 'Publish the tenant to every pod of its unit' }
/** What a create would do. */
export const TenantPreview = Type.Object(
  {
    dryRun: Type.Literal(true),
    tenant: Type.Object(
      {
        ...intended,
        unit: Type.Object(
          {
            id: Type.Union([Uuid, Type.Null()], { description: 'Null: an instance that is still to be made' }),
            kind: Type.Enum(UNIT_KINDS),
            name: Type.String(),
          },
          closed,
        ),
      },
      closed,
    ),
    steps: Type.Array(Type.Object({ step: Type.String(), title: Type.String() }, closed)),
    estimate: Type.Union([Type.Object({ p50Ms: Type.Integer(), p95Ms: Type.Integer() }, closed), Type.Null()], {
      description: 'How long it will take, by the runs so far; null while there are too few',
    }),
  },
  {
    $id: 'TenantPreview',
    ...closed,
    examples: [
      {
        dryRun: true as const,
        tenant: {
          slug: example.slug,
          name: example.name,
          plan: example.plan,
          isolation: example.isolation,
          product: example.product,
          region: example.region,
          residency: example.residency,
          unit: example.unit,
          host: example.host,
          url: example.url,
          limits: example.limits,
          overrides: example.overrides,
          facets: example.facets,
          price: example.price,
          quoteId: example.quoteId,
        },
        steps: [step],
        estimate: { p50Ms: 600, p95Ms: 900 },
      },
    ],
  },
)
export type TenantPreview = Static<typeof TenantPreview>

export const TenantAccepted = Type.Object(
  { ...Accepted.properties, tenant: ref(Tenant) },
  {
    $id: 'TenantAccepted',
    ...closed,
    examples: [{ operationId: example.unit.id, state: 'running' as const, merged: false, tenant: example }],
  },
)
export type TenantAccepted = Static<typeof TenantAccepted>
export const TenantPage = pageOf('Tenant', Tenant)

const word = { maxLength: 320, pattern: '^[^\\u0000]*$' }
export const ListTenants = Type.Object(
  {
    ...pageQuery,
    slug: Type.Optional(Type.String({ ...word, description: 'Beginning of the slug' })),
    externalId: Type.Optional(Type.String({ ...word, description: 'Exactly' })),
    contact: Type.Optional(Type.String({ ...word, description: 'Part of it, whatever the case' })),
    state: Type.Optional(Type.Enum(TENANT_STATES, { description: 'Without it, decommissioned tenants are left out' })),
    plan: Type.Optional(Type.String(word)),
    region: Type.Optional(Type.String(word)),
    unit: Type.Optional(Type.String({ ...word, description: 'Name or id' })),
  },
  closed,
)
export type ListTenants = Static<typeof ListTenants>

export const RemoveQuery = Type.Object(
  {
    withoutExport: Type.Optional(
      Type.Boolean({ default: false, description: 'Keep no export of it; who waived that is on its certificate' }),
    ),
  },
  closed,
)
export const CreateQuery = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Only say what would happen' })) },
  closed,
)
export const TenantParams = Type.Object({
  tenant: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] }),
})
