import { departures, quoteStateAt, type Asked, type Quoted, type QuoteState } from '../../domain/quotes.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './quotes.errors.ts'
import { holds } from './quotes.seal.ts'
import { quotesStore, type QuoteRow } from './quotes.store.ts'

/** What the tenants feature needs of quotes: to take one in the transaction that makes the tenant. */
export const quotesForTenants = ({ clock }: { clock: Clock }) => ({
  /**
   * The offer, locked until the transaction ends. Throws `quote.unknown`, `quote.expired`, `quote.withdrawn`, `quote.accepted`,
   * `quote.altered`, and `quote.other-terms` with each departure from it.
   */
  async take(tx: Tx, id: string, asked: Asked): Promise<Quoted> {
    const row = await quotesStore.lock(tx, id)
    if (row === undefined) throw at('quote.unknown', `no quote has the id ${id}: list them with GET /v1/quotes`)
    const ended = endedAs(row, clock.now())
    if (ended !== undefined) throw at(ended.code, ended.message)
    if (!(await holds(tx, row)))
      throw at('quote.altered', 'was changed after it was made: withdraw it and make another')
    const quoted = quotedOf(row)
    const fields = departures(quoted, asked)
    if (fields.length > 0)
      throw problems['quote.other-terms']({ detail: `Quote ${id} is for ${row.slug} on ${row.plan}`, fields })
    return quoted
  },
  /** Notes on an offer that was taken which tenant came of it. */
  accept: async (tx: Tx, id: string, tenantId: string): Promise<void> => {
    await quotesStore.decide(tx, id, 'accepted', clock.now().toISOString(), tenantId)
  },
})

/** Why a quote can neither be accepted nor withdrawn any more; undefined while it is open. */
export function endedAs({ id, state, expiresAt, tenantId }: QuoteRow, now: Date): Ended | undefined {
  const reached = quoteStateAt(state, new Date(expiresAt), now)
  if (reached === 'open') return undefined
  const why = {
    expired: `${id} ended at ${expiresAt}`,
    withdrawn: `${id} was withdrawn`,
    accepted: `tenant ${tenantId ?? ''} came of ${id}`,
  }[reached]
  return { code: `quote.${reached}`, message: `${why}: ask for another one` }
}
type Ended = { code: `quote.${Exclude<QuoteState, 'open'>}`; message: string }

const at = (code: keyof typeof problems, message: string) =>
  problems[code]({ detail: message, fields: [{ pointer: '/quote', rule: code, message }] })

const quotedOf = ({ id, slug, plan, region, terms }: QuoteRow): Quoted => {
  const { product, overrides, planLimits, compute, price, trialDays } = terms
  return { id, slug, region, product, overrides, trialDays, sold: { plan, limits: planLimits, compute, price } }
}
