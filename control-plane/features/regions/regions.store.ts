import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { join, sql } from '../../platform/sql.ts'
import { RegionSettingsSchema, type RegionFile } from './regions.schema.ts'
import { Timestamp } from '../../platform/schemas.ts'

const columns = sql`name, target, domain, settings, generation, created_at as "createdAt"`
const Row = Type.Object({
  name: Type.String(),
  target: Type.Enum(['local']),
  domain: Type.String(),
  settings: RegionSettingsSchema,
  generation: Type.Integer(),
  createdAt: Timestamp,
})

const get = query({
  name: 'regions.get',
  row: Row,
  sample: ['local-1'] as [name: string],
  sql: (name) => sql`select ${columns} from regions where name = ${name}`,
})
const list = query({
  name: 'regions.list',
  row: Row,
  sample: ['a', 1] as [after: string | undefined, limit: number],
  sql: (after, limit) => sql`
    select ${columns} from regions where ${join([sql`true`, ...(after === undefined ? [] : [sql`name > ${after}`])], ' and ')}
     order by name limit ${limit}`,
})
const sample = ['local-1', 'local', 'localhost', '{}'] as [
  name: string,
  target: string,
  domain: string,
  settings: string,
]
const insert = query({
  name: 'regions.insert',
  row: Type.Object({ name: Type.String() }),
  sample,
  sql: (name, target, domain, settings) => sql`
    insert into regions (name, target, domain, settings) values (${name}, ${target}, ${domain}, ${settings}::jsonb)
    on conflict (name) do nothing returning name`,
})
/** Touches the row only where something differs. */
const update = query({
  name: 'regions.update',
  row: Type.Object({ generation: Type.Integer() }),
  sample,
  sql: (name, target, domain, settings) => sql`
    update regions set target = ${target}, domain = ${domain}, settings = ${settings}::jsonb, generation = generation + 1
     where name = ${name} and (target, domain, settings) is distinct from (${target}, ${domain}, ${settings}::jsonb)
    returning generation`,
})

const values = ({ name, target, domain, settings }: RegionFile) =>
  [name, target, domain, JSON.stringify(settings)] as const

export const regionsStore = {
  get: (tx: Tx, name: string) => tx.maybe(get, name),
  list: (tx: Tx, after: string | undefined, limit: number) => tx.all(list, after, limit),
  insert: (tx: Tx, region: RegionFile) => tx.maybe(insert, ...values(region)),
  update: (tx: Tx, region: RegionFile) => tx.maybe(update, ...values(region)),
}
