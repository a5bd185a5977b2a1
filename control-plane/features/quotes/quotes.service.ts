import { quoteStateAt, type OfferedTerms } from '../../domain/quotes.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { endedAs } from './quotes.acceptance.ts'
import { problems } from './quotes.errors.ts'
import type { CreateQuote, ListQuotes, Quote } from './quotes.schema.ts'
import { sealOf } from './quotes.seal.ts'
import { quotesStore as store, type QuoteRow, type Terms, type Verdicts } from './quotes.store.ts'

/** What a tenant would be offered now, judged by what would place it. */
export type Offer = Verdicts & OfferedTerms
type Deps = {
  database: Pick<Database, 'transaction' | 'statement'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  /** Throws what creating such a tenant would, but for room and residency, which are verdicts. */
  offer: (tx: Tx, asked: CreateQuote) => Promise<Offer>
  /** How long a quote can be accepted, milliseconds. */
  lastsMs: number
}

export type QuotesService = {
  /** Prices and judges; nothing is reserved. Throws what a create throws about the wish itself. */
  create: (actor: Actor, idempotency: Idempotency, input: CreateQuote) => Promise<Answer<Quote> & { replayed: boolean }>
  /** Throws `quote.not-found`. */
  get: (id: string) => Promise<Quote>
  /** Newest first. Throws `cursor.invalid`. */
  list: (wanted: ListQuotes) => Promise<Page<Quote>>
  /** For ever; again it changes nothing. Throws `quote.not-found`, `quote.expired`, `quote.accepted`. */
  withdraw: (actor: Actor, id: string) => Promise<Quote>
}

export function quotesService(deps: Deps): QuotesService {
  const { database, cursors, clock } = deps
  return {
    create: (actor, { key, fingerprint }, input) =>
      database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => create(deps, tx, actor, input))),
    get: (id) => database.statement(async (tx) => shown((await store.find(tx, id)) ?? missing(id), clock.now())),
    async list({ limit = 50, cursor, ...filters }) {
      const scope = { list: 'quotes', filters }
      const before = cursors.decode(scope, cursor)?.[0]?.toString()
      const now = clock.now()
      const rows = await database.statement((tx) => store.list(tx, now.toISOString(), filters, before, limit + 1))
      const item = (row: QuoteRow) => shown(row, now)
      return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item })
    },
    withdraw: (actor, id) => database.transaction((tx) => withdraw(deps, tx, actor, id)),
  }
}

async function create(deps: Deps, tx: Tx, actor: Actor, input: CreateQuote): Promise<Answer<Quote>> {
  const { sold, region, capacity, residency, estimate, ...offered } = await deps.offer(tx, input)
  const now = deps.clock.now()
  const terms: Terms = {
    ...offered,
    facets: [...offered.facets],
    planLimits: sold.limits,
    compute: sold.compute,
    price: sold.price,
  }
  const id = newId()
  const expiresAt = new Date(now.getTime() + deps.lastsMs).toISOString()
  const fresh = { id, slug: input.slug, plan: sold.plan, region, terms, expiresAt }
  await store.insert(tx, {
    ...fresh,
    seal: await sealOf(tx, fresh),
    verdicts: { capacity, residency, estimate },
    createdBy: actor.operatorId,
    createdAt: now.toISOString(),
  })
  const quote = shown((await store.find(tx, id)) ?? missing(id), now)
  const { slug, plan, price, limits } = quote
  const detail = {
    slug,
    plan,
    region,
    price,
    limits,
    capacity: capacity.verdict,
    residency: residency.verdict,
    expiresAt,
  }
  await record(deps, tx, actor, 'quote.create', id, detail)
  return { status: 201, headers: { location: `/v1/quotes/${id}` }, body: quote }
}

async function withdraw(deps: Deps, tx: Tx, actor: Actor, id: string): Promise<Quote> {
  const row = (await store.lock(tx, id)) ?? missing(id)
  const now = deps.clock.now()
  if (row.state === 'withdrawn') return shown(row, now)
  const ended = endedAs(row, now)
  if (ended !== undefined) throw problems[ended.code]({ detail: ended.message })
  await store.decide(tx, id, 'withdrawn', now.toISOString(), null)
  await record(deps, tx, actor, 'quote.withdraw', id, { slug: row.slug, plan: row.plan })
  return shown({ ...row, state: 'withdrawn', decidedAt: now.toISOString() }, now)
}

const record = (
  { audit }: Pick<Deps, 'audit'>,
  tx: Tx,
  actor: Actor,
  action: 'quote.create' | 'quote.withdraw',
  id: string,
  detail: Parameters<AuditAppend>[1]['detail'],
) =>
  audit(tx, {
    stream: 'installation',
    actor,
    action,
    subject: `quote:${id}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail,
  })

function missing(id: string): never {
  throw problems['quote.not-found']({ detail: `There is no quote ${id}: GET /v1/quotes lists them` })
}

function shown({ terms, verdicts, seal: _seal, ...row }: QuoteRow, now: Date): Quote {
  const { planLimits: _planLimits, compute: _compute, ...offered } = terms
  return { ...row, ...offered, ...verdicts, state: quoteStateAt(row.state, new Date(row.expiresAt), now) }
}
