import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import { brokenConstraint, type Database, type Tx } from './database.ts'
import { problems } from './errors.ts'
import { tenantOf } from './tenant-of.ts'

export const Uuid = Type.String({ format: 'uuid' })
/** PostgreSQL stores no NUL in text. */
export const NO_NUL = '^[^\\u0000]*$'
export const Page = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }), after: Type.Optional(Uuid) },
  { additionalProperties: false },
)
const NewAccount = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200, pattern: NO_NUL }),
    kind: Type.Enum(['asset', 'liability', 'equity', 'income', 'expense']),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  { additionalProperties: false },
)
const Account = Type.Object({
  id: Uuid,
  ...NewAccount.properties,
  balanceMinor: Type.Integer(),
  createdAt: Type.String(),
})
const Accounts = Type.Object({ items: Type.Array(Account), next: Type.Union([Uuid, Type.Null()]) })

type Row = {
  id: string
  name: string
  kind: Static<typeof NewAccount>['kind']
  currency: string
  balance: string
  created_at: Date
}
const SELECT = `
  select id, name, kind, currency, created_at,
         (select coalesce(sum(amount_minor), 0) from postings p
           where p.tenant_id = a.tenant_id and p.account_id = a.id) as balance
    from accounts a`
const shown = ({ created_at, balance, ...row }: Row): Static<typeof Account> => ({
  ...row,
  balanceMinor: Number(balance),
  createdAt: created_at.toISOString(),
})

/** Cuts the row that only says that there is more. */
export function page<T extends { id: string }>(
  items: readonly T[],
  limit: number,
): { items: T[]; next: string | null } {
  const kept = items.slice(0, limit)
  return { items: kept, next: items.length > limit ? (kept.at(-1)?.id ?? null) : null }
}

async function insert(tx: Tx, tenantId: string, account: Static<typeof NewAccount>): Promise<Static<typeof Account>> {
  const rows = await tx.query<{ id: string; created_at: Date }>(
    `insert into accounts (tenant_id, id, name, kind, currency) values ($1, $2, $3, $4, $5) returning id, created_at`,
    [tenantId, uuid(), account.name, account.kind, account.currency],
  )
  const [row] = rows
  if (!row) throw new Error('an insert returned no row')
  return { id: row.id, ...account, balanceMinor: 0, createdAt: row.created_at.toISOString() }
}

/** The chart of accounts of the tenant that asks. */
export const accountsRoutes: FastifyPluginAsyncTypebox<{ database: Database }> = async (app, { database }) => {
  app.post('/accounts', { schema: { body: NewAccount, response: { 201: Account } } }, async (request, reply) => {
    const tenant = tenantOf(request)
    try {
      const account = await database.withTenant(tenant, (tx) => insert(tx, tenant.id, request.body))
      return await reply.code(201).header('location', `/accounts/${account.id}`).send(account)
    } catch (error) {
      if (brokenConstraint(error) === 'accounts_name_once')
        throw problems['account.name-used']({ detail: request.body.name })
      throw error
    }
  })

  app.get('/accounts', { schema: { querystring: Page, response: { 200: Accounts } } }, async (request) => {
    const { limit, after } = request.query
    const rows = await database.withTenant(tenantOf(request), (tx) =>
      tx.query<Row>(`${SELECT} where ($1::uuid is null or id > $1) order by id limit $2`, [after ?? null, limit + 1]),
    )
    return page(rows.map(shown), limit)
  })

  const params = Type.Object({ id: Uuid })
  app.get('/accounts/:id', { schema: { params, response: { 200: Account } } }, async (request) => {
    const [row] = await database.withTenant(tenantOf(request), (tx) =>
      tx.query<Row>(`${SELECT} where id = $1`, [request.params.id]),
    )
    if (!row) throw problems['account.not-found']({ detail: request.params.id })
    return shown(row)
  })
}
