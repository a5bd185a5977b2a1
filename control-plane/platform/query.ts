import type { TSchema } from 'typebox'
import type { Sql } from './sql.ts'

/** A named statement with the shape of its rows. The shape is proved against the migrated database by one test over all queries. */
export type Query<Row extends TSchema, Args extends readonly unknown[]> = {
  /** `<feature>.<what>`, also seen in logs and traces. */
  name: string
  row: Row
  sql: (...args: Args) => Sql
  /** Arguments with which the proving test prepares the statement; only their presence matters, never their values. */
  sample: Args
}
export type AnyQuery = { name: string; row: TSchema; statement: () => Sql }

const all = new Map<string, AnyQuery>()

/** Declares a query; two with one name do not start. */
export function query<Row extends TSchema, Args extends readonly unknown[]>(
  definition: Query<Row, Args>,
): Query<Row, Args> {
  if (all.has(definition.name)) throw new Error(`two queries are called ${definition.name}`)
  const { name, row } = definition
  all.set(name, { name, row, statement: () => definition.sql(...definition.sample) })
  return definition
}

/** Every query declared so far, for the proving test. */
export const declaredQueries = (): readonly AnyQuery[] => [...all.values()]
