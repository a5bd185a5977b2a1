import type { Quoted, Sold } from '../../domain/quotes.ts'
import type { Tx } from '../../platform/database.ts'
import { problems as generic } from '../../platform/problems.ts'
import type { Plan, TenantsDeps } from './tenants.deps.ts'
import type { CreateTenant } from './tenants.schema.ts'

/** A plan as a tenant was sold it: what was quoted holds while it is on that plan, whatever the catalogue says since. */
export const asSold = (plan: Plan, sold: Sold | null): Plan =>
  sold?.plan === plan.name ? { ...plan, limits: sold.limits, compute: sold.compute, price: sold.price } : plan

/** What a create comes to once the quote that it names has been read. */
export type Order = Omit<CreateTenant, 'quote'> & { plan: string; quoted: Quoted | null }

/**
 * Reads the quote of a create, which stays locked, and fills in what it offers. Throws `quote.*` where it does not hold, and
 * `request.invalid` where neither a plan nor a quote is named.
 */
export async function orderOf({ quotes }: Pick<TenantsDeps, 'quotes'>, tx: Tx, input: CreateTenant): Promise<Order> {
  const { quote, ...asked } = input
  if (quote === undefined) {
    if (asked.plan === undefined) throw planMissing()
    return { ...asked, plan: asked.plan, quoted: null }
  }
  const quoted = await quotes.take(tx, quote, asked)
  const { region, product, overrides, sold } = quoted
  return { ...asked, plan: sold.plan, region, product, limits: overrides, quoted }
}

function planMissing() {
  const message = 'must have required property plan, or a quote, which names one'
  return generic['request.invalid']({
    detail: 'See errors for each field and its rule',
    fields: [{ pointer: '/plan', rule: 'required', message }],
  })
}
