import { Type } from 'typebox'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { join, sql } from '../../platform/sql.ts'
import { Plan } from './plans.schema.ts'

const columns = sql`name, title, isolation, product, regions, limits, facets, compute, objectives,
  jsonb_build_object('minor', price_minor, 'setupMinor', setup_minor, 'currency', currency) as price, trial_days as "trialDays",
  ring, approvals, generation, created_at as "createdAt"`
const Row = Type.Object(Plan.properties)

const get = query({
  name: 'plans.get',
  row: Row,
  sample: ['starter-shared'] as [name: string],
  sql: (name) => sql`select ${columns} from plans where name = ${name}`,
})
const list = query({
  name: 'plans.list',
  row: Row,
  sample: ['a', 1] as [after: string | undefined, limit: number],
  sql: (after, limit) => sql`
    select ${columns} from plans where ${join([sql`true`, ...(after === undefined ? [] : [sql`name > ${after}`])], ' and ')}
     order by name limit ${limit}`,
})

export const plansStore = {
  get: (tx: Tx, name: string) => tx.maybe(get, name),
  list: (tx: Tx, after: string | undefined, limit: number) => tx.all(list, after, limit),
}
