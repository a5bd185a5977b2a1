import { Command } from 'commander'
import { createQuote, getQuote, listQuotes, withdrawQuote } from '../../client/generated/sdk.gen.ts'
import type { ListQuotesData, Quote } from '../../client/generated/types.gen.ts'
import { askingHeaders, given, withKey, withLimit, type Asking } from '../accepted.ts'
import { type LimitOptions, limitsOf, withOwnLimits } from '../limit-options.ts'
import { money } from '../money.ts'
import { duration, renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

const monthly = ({ price }: Quote) => money(price.minor, price.currency)
const COLUMNS: readonly Column<Quote>[] = [
  ['ID', (quote) => quote.id],
  ['SLUG', (quote) => quote.slug],
  ['PLAN', (quote) => quote.plan],
  ['REGION', (quote) => quote.region],
  ['PRICE/MONTH', monthly],
  ['STATE', (quote) => quote.state],
  ['EXPIRES', (quote) => quote.expiresAt],
]

/** Quotes: what a customer would get, for how much and how soon. */
export const quoteCommands = (around: Surroundings): Command[] => {
  const group = new Command('quotes').description('What a customer would get, for how much and how soon')
  for (const make of [create, list, get, withdraw]) group.addCommand(make(around))
  return [group]
}

type Create = Asking & LimitOptions<number> & { plan: string; region?: string; product?: string }

const create = (around: Surroundings) =>
  withOwnLimits(
    withKey(
      new Command('create')
        .description('Price a customer and say whether and how soon it can be had; nothing is reserved')
        .argument('<slug>', 'what it would be called'),
    ),
  )
    .requiredOption('--plan <name>')
    .option('--region <name>', 'the first region of the plan when left out')
    .option('--product <name>', 'a registered product; that of the plan when left out')
    .action(async (slug: string, options: Create, command: Command) => {
      const session = await openSession(command, around)
      const { plan, region, product } = options
      const body = { slug, plan, ...given({ region, product }), ...limitsOf(options) }
      const headers = askingHeaders(options)
      show(session, await answer(session, createQuote({ client: session.client, body, headers })), renderQuote)
    })

type Filters = { slug?: string; plan?: string; region?: string; state?: string; limit: number }
const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'), 50)
    .option('--slug <text>', 'beginning of the slug')
    .option('--plan <name>')
    .option('--region <name>')
    .option('--state <state>', 'open, accepted, expired or withdrawn')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as NonNullable<ListQuotesData['query']> // the plane checks words
      const found = await everyPage(session, limit, (page) => listQuotes({ client, query: { ...query, ...page } }))
      show(session, found, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One quote')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      show(session, await answer(session, getQuote({ client: session.client, path: { id } })), renderQuote)
    })

const withdraw = (around: Surroundings) =>
  new Command('withdraw')
    .description('Take an open quote back; again it changes nothing')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const quote = await answer(session, withdrawQuote({ client: session.client, path: { id } }))
      show(session, quote, () => `${id} is withdrawn`)
    })

const renderQuote = (quote: Quote): string => {
  const { price, limits, estimate, trialDays } = quote
  return renderFields([
    ['id', quote.id],
    ['for', `${quote.slug} on ${quote.plan} (${quote.isolation}), product ${quote.product}`],
    ['price/month', monthly(quote)],
    ['set-up', money(price.setupMinor, price.currency)],
    ...(trialDays === null ? [] : [['trial', `${trialDays} days, then suspended`] as const]),
    [
      'limits',
      `${limits.requestsPerSecond} requests/s, burst ${limits.burst}, statements ${limits.statementTimeoutMs} ms`,
    ],
    ...(quote.facets.length === 0 ? [] : [['its own', quote.facets.join(', ')] as const]),
    ['room', `${quote.capacity.verdict}: ${quote.capacity.reason}`],
    ['residency', `${quote.residency.verdict}: ${quote.residency.reason}`],
    [
      'takes',
      estimate
        ? `about ${duration(estimate.p50Ms)}, at most ${duration(estimate.p95Ms)} in 95 of 100 runs`
        : 'no history yet',
    ],
    ['state', quote.state],
    ['expires', quote.expiresAt],
    ...(quote.tenantId === null ? [] : [['tenant', quote.tenantId] as const]),
    ...(quote.state === 'open'
      ? [['accept', `steward tenants create ${quote.slug} --quote ${quote.id} --wait`] as const]
      : []),
  ])
}
