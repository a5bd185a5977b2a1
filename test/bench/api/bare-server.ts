import Fastify from 'fastify'
import pg from 'pg'
import { tenantsStore } from '../../../control-plane/features/tenants/tenants.store.ts'
import type { Tx } from '../../../control-plane/platform/database.ts'

/**
 * What somebody would write who needs these two answers and nothing else: a route and a query, the plane's own SQL, prepared. Nobody
 * is asked who they are, nothing is checked, logged or measured, and rows go out as they come.
 */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 })
const names = new Map<string, string>()
const run = async ({ text, values }: { text: string; values: readonly unknown[] }) => {
  const name = names.get(text) ?? `s${names.size}`
  names.set(text, name)
  return (await pool.query({ name, text, values: [...values] })).rows
}
const tx: Pick<Tx, 'all' | 'maybe'> = {
  all: (query, ...args) => run(query.sql(...args)) as never, // rows as PostgreSQL gives them
  maybe: async (query, ...args) => (await run(query.sql(...args)))[0] as never,
}
const nothing = { slug: null, externalId: null, contact: null, state: null, plan: null, region: null, unit: null }

const app = Fastify()
app.get<{ Querystring: { limit: string } }>('/v1/tenants', async ({ query }) => ({
  items: await tenantsStore.list(tx as Tx, { ...nothing, before: null, limit: Number(query.limit) + 1 }), // it asks for rows only
}))
app.get<{ Params: { tenant: string } }>('/v1/tenants/:tenant', async ({ params }, reply) => {
  const found = await tenantsStore.find(tx as Tx, null, params.tenant)
  return found ?? reply.code(404).send()
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
console.log(JSON.stringify({ url }))
