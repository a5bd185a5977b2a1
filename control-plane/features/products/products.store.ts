import { Type } from 'typebox'
import type { SchemaFacts } from '../../domain/products.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'
import { Product } from './products.schema.ts'

const Row = Type.Object(Product.properties)
const columns = sql`p.name, p.title, p.chart, p.image, p.contract,
  (select coalesce(jsonb_agg(jsonb_build_object('version', v.version, 'schema', v.schema, 'rollbackTo', v.rollback_to,
            'default', v.is_default,
            'createdAt', to_char(v.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by v.sequence), '[]')
     from product_versions v where v.product = p.name) as versions,
  p.generation, p.created_at as "createdAt"`

const get = query({
  name: 'products.get',
  row: Row,
  sample: ['ledger'] as [name: string],
  sql: (name) => sql`select ${columns} from products p where p.name = ${name}`,
})
const list = query({
  name: 'products.list',
  row: Row,
  sample: [null, 1] as [after: string | null, limit: number],
  sql: (after, limit) => sql`
    select ${columns} from products p where ${after}::text is null or p.name > ${after}::text order by p.name limit ${limit}::int`,
})

export type NewProduct = { name: string; title: string; chart: string; image: string; contract: string }
/** Gives no row when the name is taken. */
const insert = query({
  name: 'products.insert',
  row: Type.Object({ name: Type.String() }),
  sample: [{ name: 'n', title: 't', chart: 'c', image: 'i', contract: '1' }] as [product: NewProduct],
  sql: ({ name, title, chart, image, contract }) => sql`
    insert into products (name, title, chart, image, contract) values (${name}, ${title}, ${chart}, ${image}, ${contract})
    on conflict (name) do nothing returning name`,
})
const bump = query({
  name: 'products.bump',
  row: Type.Object({}),
  sample: ['ledger'] as [name: string],
  sql: (name) => sql`update products set generation = generation + 1 where name = ${name}`,
})
/** Versions of a product come one after the other: the first is the default, and there is one default. */
const lock = query({
  name: 'products.lock',
  row: Type.Object({ name: Type.String() }),
  sample: ['ledger'] as [name: string],
  sql: (name) => sql`select name from products where name = ${name} for no key update`,
})
const clearDefault = query({
  name: 'products.clear-default',
  row: Type.Object({}),
  sample: ['ledger'] as [product: string],
  sql: (product) => sql`update product_versions set is_default = false where product = ${product} and is_default`,
})

export type NewVersion = SchemaFacts & { product: string; version: string; isDefault: boolean }
/** Gives no row when the product has this version. */
const insertVersion = query({
  name: 'products.insert-version',
  row: Type.Object({ version: Type.String() }),
  sample: [{ product: 'ledger', version: '1', schema: 1, rollbackTo: 1, isDefault: false }] as [version: NewVersion],
  sql: ({ product, version, schema, rollbackTo, isDefault }) => sql`
    insert into product_versions (product, version, schema, rollback_to, is_default)
    values (${product}, ${version}, ${schema}, ${rollbackTo}, ${isDefault})
    on conflict (product, version) do nothing returning version`,
})

export const productsStore = {
  get: (tx: Tx, name: string) => tx.maybe(get, name),
  list: (tx: Tx, after: string | null, limit: number) => tx.all(list, after, limit),
  insert: (tx: Tx, product: NewProduct) => tx.maybe(insert, product),
  bump: (tx: Tx, name: string) => tx.run(bump, name),
  lock: (tx: Tx, name: string) => tx.maybe(lock, name),
  clearDefault: (tx: Tx, product: string) => tx.run(clearDefault, product),
  insertVersion: (tx: Tx, version: NewVersion) => tx.maybe(insertVersion, version),
}
