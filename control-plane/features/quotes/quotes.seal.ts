import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Tx } from '../../platform/database.ts'
import { installationKey } from '../../platform/installation-key.ts'
import { canonicalJson } from '../../platform/json.ts'
import type { QuoteRow } from './quotes.store.ts'

type Sealed = Pick<QuoteRow, 'id' | 'slug' | 'plan' | 'region' | 'terms' | 'expiresAt'>

/** Over everything that is offered: whoever edits a row by hand offers something that nobody has agreed to. */
export async function sealOf(tx: Tx, { id, slug, plan, region, terms, expiresAt }: Sealed): Promise<Buffer> {
  const key = await installationKey(tx, 'quotes')
  const offered = { id, slug, plan, region, terms, expiresAt: new Date(expiresAt).toISOString() }
  return createHmac('sha256', key).update(canonicalJson(offered)).digest()
}

/** Whether a quote is still what was offered. */
export async function holds(tx: Tx, quote: QuoteRow): Promise<boolean> {
  const wanted = await sealOf(tx, quote)
  return quote.seal.length === wanted.length && timingSafeEqual(quote.seal, wanted)
}
