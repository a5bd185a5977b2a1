import { Type, type Static } from 'typebox'
import { FACETS } from '../../domain/facets.ts'
import type { QuoteState, StoredQuoteState } from '../../domain/quotes.ts'
import { ISOLATIONS } from '../../domain/unit-kinds.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { join, sql } from '../../platform/sql.ts'
import { Quote } from './quotes.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const NOW = '2026-01-01T00:00:00Z'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const { limits, overrides, price, trialDays, capacity, residency, estimate } = Quote.properties

/** What is offered, as it is kept; `planLimits` are those of the plan before the overrides, `compute` what an instance may use. */
const Terms = Type.Object({
  isolation: Type.Enum(ISOLATIONS),
  product: Type.String(),
  facets: Type.Array(Type.Enum(FACETS)),
  overrides,
  limits,
  planLimits: limits,
  compute: orNull(
    Type.Object({
      cpuMillis: Type.Integer(),
      memoryMib: Type.Integer(),
      ephemeralMib: Type.Integer(),
      storageMib: Type.Integer(),
      pods: Type.Integer(),
      objects: Type.Integer(),
      connections: Type.Integer(),
    }),
  ),
  price,
  trialDays,
})
export type Terms = Static<typeof Terms>
const Verdicts = Type.Object({ capacity, residency, estimate })
export type Verdicts = Static<typeof Verdicts>

const Row = Type.Object({
  id: Uuid,
  slug: Type.String(),
  plan: Type.String(),
  region: Type.String(),
  state: Type.Enum(['open', 'accepted', 'withdrawn'] satisfies StoredQuoteState[]),
  terms: Terms,
  seal: Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' }),
  verdicts: Verdicts,
  tenantId: orNull(Uuid),
  createdBy: Uuid,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  decidedAt: orNull(Timestamp),
})
export type QuoteRow = Static<typeof Row>
const columns = sql`q.id, q.slug, q.plan, q.region, q.state, q.terms, q.seal, q.verdicts, q.tenant_id as "tenantId",
  q.created_by as "createdBy", q.created_at as "createdAt", q.expires_at as "expiresAt", q.decided_at as "decidedAt"`

const find = query({
  name: 'quotes.find',
  row: Row,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${columns} from quotes q where q.id = ${id}`,
})
/** Whoever accepts or withdraws waits here for who does the other. */
const lock = query({
  name: 'quotes.lock',
  row: Row,
  sample: [NOBODY] as [id: string],
  sql: (id) => sql`select ${columns} from quotes q where q.id = ${id} for update`,
})

export type QuoteFilter = { slug?: string; plan?: string; region?: string; state?: QuoteState }
/** Newest first: ids are uuid v7. */
const list = query({
  name: 'quotes.list',
  row: Row,
  sample: [NOW, { slug: 's', plan: 'p', region: 'r', state: 'expired' }, NOBODY, 1] as [
    at: string,
    filter: QuoteFilter,
    before: string | undefined,
    limit: number,
  ],
  sql: (at, { slug, plan, region, state }, before, limit) => {
    const conditions = [
      sql`true`,
      ...(slug === undefined ? [] : [sql`starts_with(q.slug, ${slug}::text)`]),
      ...(plan === undefined ? [] : [sql`q.plan = ${plan}`]),
      ...(region === undefined ? [] : [sql`q.region = ${region}`]),
      ...(state === undefined
        ? []
        : [
            sql`case when q.state = 'open' and q.expires_at <= ${at}::timestamptz then 'expired' else q.state end = ${state}`,
          ]),
      ...(before === undefined ? [] : [sql`q.id < ${before}::uuid`]),
    ]
    return sql`select ${columns} from quotes q where ${join(conditions, ' and ')} order by q.id desc limit ${limit}`
  },
})

export type NewQuote = Pick<
  QuoteRow,
  'id' | 'slug' | 'plan' | 'region' | 'terms' | 'seal' | 'verdicts' | 'createdBy' | 'createdAt' | 'expiresAt'
>
const sample: NewQuote = {
  id: NOBODY,
  slug: 's',
  plan: 'p',
  region: 'r',
  terms: {
    isolation: 'shared',
    product: 'p',
    facets: [],
    overrides: {},
    limits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 },
    planLimits: { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 1 },
    compute: null,
    price: { minor: 1, setupMinor: 0, currency: 'EUR' },
    trialDays: null,
  },
  seal: Buffer.alloc(32),
  verdicts: {
    capacity: { verdict: 'room', reason: '' },
    residency: { verdict: 'inside', reason: '' },
    estimate: null,
  },
  createdBy: NOBODY,
  createdAt: NOW,
  expiresAt: NOW,
}
const insert = query({
  name: 'quotes.insert',
  row: Type.Object({}),
  sample: [sample] as [quote: NewQuote],
  sql: (q) => sql`
    insert into quotes (id, slug, plan, region, terms, seal, verdicts, created_by, created_at, expires_at)
    values (${q.id}, ${q.slug}, ${q.plan}, ${q.region}, ${JSON.stringify(q.terms)}::jsonb, ${q.seal},
            ${JSON.stringify(q.verdicts)}::jsonb, ${q.createdBy}, ${q.createdAt}, ${q.expiresAt})`,
})
const decide = query({
  name: 'quotes.decide',
  row: Type.Object({ id: Uuid }),
  sample: [NOBODY, 'withdrawn', NOW, null] as [
    id: string,
    state: Exclude<StoredQuoteState, 'open'>,
    at: string,
    tenantId: string | null,
  ],
  sql: (id, state, at, tenantId) => sql`
    update quotes set state = ${state}, decided_at = ${at}, tenant_id = ${tenantId}::uuid
     where id = ${id} and state = 'open' returning id`,
})

export const quotesStore = {
  find: (tx: Tx, id: string) => tx.maybe(find, id),
  lock: (tx: Tx, id: string) => tx.maybe(lock, id),
  list: (tx: Tx, ...args: Parameters<typeof list.sql>) => tx.all(list, ...args),
  insert: (tx: Tx, quote: NewQuote) => tx.run(insert, quote),
  /** Of an open one that is locked; one row or it is a fault of ours. */
  decide: (tx: Tx, ...args: Parameters<typeof decide.sql>) => tx.one(decide, ...args),
}
