import { CONTRACT_VERSIONS, isSupportedContract, RESERVED_CHARTS } from '../../domain/products.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { etagOf } from '../../platform/etag.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { Json } from '../../platform/json.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './products.errors.ts'
import type { AddVersion, Product, RegisterProduct } from './products.schema.ts'
import { productsStore } from './products.store.ts'

type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors; audit: AuditAppend }
export type ProductsService = ReturnType<typeof productsService>

export const productsService = (deps: Deps) => ({
  register: (actor: Actor, idempotency: Idempotency, input: RegisterProduct) =>
    once(deps, actor, idempotency, (tx) => register(deps, tx, actor, input)),

  addVersion: (actor: Actor, idempotency: Idempotency, product: string, input: AddVersion) =>
    once(deps, actor, idempotency, (tx) => addVersion(deps, tx, actor, product, input)),

  /** Throws `product.not-found`. */
  get: (name: string): Promise<Product> => deps.database.transaction((tx) => found(tx, name)),

  /** By name. Throws `cursor.invalid`. */
  list: ({ limit = 50, cursor }: { limit?: number; cursor?: string }): Promise<Page<Product>> =>
    deps.database.transaction(async (tx) => {
      const scope = { list: 'products' }
      const after = deps.cursors.decode(scope, cursor)?.[0]
      const rows = await productsStore.list(tx, after === undefined ? null : String(after), limit + 1)
      const { cursors } = deps
      return cursorPage({ cursors, scope, limit, rows, position: ({ name }) => [name], item: (product) => product })
    }),
})

const once = (
  { database }: Deps,
  actor: Actor,
  { key, fingerprint }: Idempotency,
  work: (tx: Tx) => Promise<Answer<Product>>,
) => database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => work(tx)))

async function found(tx: Tx, name: string): Promise<Product> {
  const product = await productsStore.get(tx, name)
  if (product !== undefined) return product
  throw problems['product.not-found']({ detail: `There is no product ${name}: GET /v1/products lists them` })
}

type Code = keyof typeof problems
const refused = (code: Code, pointer: string, rule: string, message: string) =>
  problems[code]({ detail: message, fields: [{ pointer, rule, message }] })

async function register(deps: Deps, tx: Tx, actor: Actor, input: RegisterProduct): Promise<Answer<Product>> {
  const { name, title = name, chart = name, image = name, contract = CONTRACT_VERSIONS[0] } = input
  if (RESERVED_CHARTS.has(chart)) {
    const message = `${chart} is a chart of the plane itself: name one of your own`
    throw refused('product.chart-reserved', input.chart === undefined ? '/name' : '/chart', 'chart.own', message)
  }
  if (!isSupportedContract(contract)) {
    const message = `this plane operates products of contract version ${CONTRACT_VERSIONS.join(', ')}, not ${contract}`
    throw refused('product.contract-unsupported', '/contract', 'contract.supported', message)
  }
  if ((await productsStore.insert(tx, { name, title, chart, image, contract })) === undefined)
    throw refused('product.name-taken', '/name', 'product.name-unique', `a product is called ${name} already`)
  return done(deps, tx, actor, 'product.register', name, { title, chart, image, contract })
}

async function addVersion(deps: Deps, tx: Tx, actor: Actor, name: string, input: AddVersion): Promise<Answer<Product>> {
  if ((await productsStore.lock(tx, name)) === undefined) await found(tx, name) // throws
  const { versions } = await found(tx, name)
  const { version, schema, rollbackTo = schema } = input
  if (rollbackTo > schema) {
    const message = `rollbackTo is ${rollbackTo}, beyond the version's own schema ${schema}`
    throw refused('product.rollback-ahead', '/rollbackTo', 'rollback.within', message)
  }
  const same = versions.find((known) => known.schema === schema && known.rollbackTo !== rollbackTo)
  if (same !== undefined) {
    const message = `version ${same.version} has schema ${schema}, too, and says that it can go back to ${same.rollbackTo}: one schema has one answer`
    throw refused('product.schema-ambiguous', '/rollbackTo', 'rollback.same-for-schema', message)
  }
  const isDefault = input.default === true || versions.length === 0
  if (isDefault) await productsStore.clearDefault(tx, name)
  if ((await productsStore.insertVersion(tx, { product: name, version, schema, rollbackTo, isDefault })) === undefined)
    throw refused('product.version-taken', '/version', 'version.unique', `${name} has a version ${version} already`)
  await productsStore.bump(tx, name)
  return done(deps, tx, actor, 'product.add-version', name, { version, schema, rollbackTo, default: isDefault })
}

/** The audit event and the product as it is now. */
async function done(
  { audit }: Deps,
  tx: Tx,
  actor: Actor,
  action: string,
  name: string,
  detail: Json,
): Promise<Answer<Product>> {
  await audit(tx, {
    stream: 'installation',
    actor,
    action,
    subject: `product:${name}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail,
  })
  const product = await found(tx, name)
  return {
    status: 201,
    headers: { location: `/v1/products/${name}`, etag: etagOf(product.generation) },
    body: product,
  }
}
