import type { Compute } from './compute.ts'
import { sameLimits, type LimitOverrides, type Limits } from './limits.ts'
import type { Facet } from './facets.ts'
import type { FieldFault } from './problem.ts'
import type { Isolation } from './unit-kinds.ts'

/** An offer: it can be accepted until it ends, once. `expired` is never written down; it is what an open one becomes. */
export const QUOTE_STATES = ['open', 'accepted', 'expired', 'withdrawn'] as const
export type QuoteState = (typeof QUOTE_STATES)[number]
export type StoredQuoteState = Exclude<QuoteState, 'expired'>

export const quoteStateAt = (stored: StoredQuoteState, expiresAt: Date, now: Date): QuoteState =>
  stored === 'open' && now >= expiresAt ? 'expired' : stored

/** Money in minor units of its currency: each month, and once at the start. */
export type Price = { minor: number; setupMinor: number; currency: string }

/** What a tenant was sold beside its plan's name: it holds while the tenant is on that plan, whatever the catalogue says since. */
export type Sold = { plan: string; limits: Limits; compute: Compute | null; price: Price }

/** What a new tenant would get for its wish. */
export type OfferedTerms = {
  isolation: Isolation
  region: string
  product: string
  facets: readonly Facet[]
  overrides: LimitOverrides
  limits: Limits
  sold: Sold
  trialDays: number | null
}

/** What is asked of a new tenant that bears on the offer; what is left out is as quoted. */
export type Asked = { slug: string; plan?: string; region?: string; product?: string; limits?: LimitOverrides }
/** What was offered. `limits` of `sold` are the plan's, before the overrides. */
export type Quoted = {
  id: string
  slug: string
  region: string
  product: string
  overrides: LimitOverrides
  sold: Sold
  trialDays: number | null
}

/** Where a request for a tenant departs from the quote it names, one fault each; empty when it asks for what was offered. */
export function departures(quoted: Quoted, asked: Asked): FieldFault[] {
  const { slug, region, product, overrides, sold } = quoted
  const offered = { slug, plan: sold.plan, region, product }
  const named = (Object.keys(offered) as (keyof typeof offered)[]).flatMap((name) =>
    asked[name] === undefined || asked[name] === offered[name] ? [] : [fault(name, offered[name])],
  )
  return asked.limits === undefined || sameLimits(asked.limits, overrides)
    ? named
    : [...named, fault('limits', JSON.stringify(overrides))]
}

const fault = (name: string, offered: string): FieldFault => ({
  pointer: `/${name}`,
  rule: 'quote.as-offered',
  message: `is not what the quote offers, which is ${offered}: leave it out, or ask for another quote`,
})
