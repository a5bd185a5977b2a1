import type { SchemaFacts } from '../../domain/products.ts'
import { referenceProblems } from '../../domain/reference-problems.ts'
import type { Tx } from '../../platform/database.ts'
import { productsStore } from './products.store.ts'

/** One version of a product as others need it. */
export type Release = SchemaFacts & { product: string; version: string; chart: string; image: string; contract: string }

const refused = (code: 'product.unknown' | 'version.unknown', pointer: string, message: string) =>
  referenceProblems[code]({ detail: message, fields: [{ pointer, rule: code.replace('.unknown', '.known'), message }] })

/**
 * The version of a product that somebody asked for by name, the default one without a name. Throws `product.unknown` and
 * `version.unknown`, which list what there is.
 */
export async function findRelease(tx: Tx, product: string, wanted: string | undefined): Promise<Release> {
  const found = await productsStore.get(tx, product)
  if (found === undefined) {
    const known = (await productsStore.list(tx, null, 20)).map(({ name }) => name).join(', ')
    throw refused('product.unknown', '/product', `no product is called ${product}: registered are ${known}`)
  }
  const { name, chart, image, contract, versions } = found
  const release = versions.find((one) => (wanted === undefined ? one.default : one.version === wanted))
  if (release === undefined) {
    const known = versions.map(({ version }) => version).join(', ') || 'none'
    const what = wanted === undefined ? 'default version' : `version ${wanted}`
    throw refused('version.unknown', '/version', `${product} has no ${what}; registered are: ${known}`)
  }
  const { version, schema, rollbackTo } = release
  return { product: name, version, chart, image, contract, schema, rollbackTo }
}
