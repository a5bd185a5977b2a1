import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import { NO_NUL, page, Page, Uuid } from './accounts.ts'
import { brokenConstraint, type Database, type Tx } from './database.ts'
import { problems } from './errors.ts'
import { tenantOf } from './tenant-of.ts'

/** A milliard in main units; ninety thousand of the largest still add up exactly in a number. */
const MAX_MINOR = 100_000_000_000
const Posting = Type.Object(
  { accountId: Uuid, amountMinor: Type.Integer({ minimum: -MAX_MINOR, maximum: MAX_MINOR, not: { const: 0 } }) },
  { additionalProperties: false },
)
const NewEntry = Type.Object(
  {
    description: Type.String({ minLength: 1, maxLength: 500, pattern: NO_NUL }),
    postings: Type.Array(Posting, { minItems: 2, maxItems: 100 }),
  },
  { additionalProperties: false },
)
const Reference = Type.String({ minLength: 1, maxLength: 100, pattern: NO_NUL })
const NewReferencedEntry = Type.Object(
  { ...NewEntry.properties, reference: Type.Optional(Reference) },
  { additionalProperties: false },
)
const Entry = Type.Object({
  id: Uuid,
  ...NewEntry.properties,
  reference: Type.Optional(Reference),
  createdAt: Type.String(),
})
const Entries = Type.Object({ items: Type.Array(Entry), next: Type.Union([Uuid, Type.Null()]) })

type Wanted = Static<typeof NewReferencedEntry>
type Posting = Static<typeof Posting>
type Row = { id: string; description: string; reference?: string | null; created_at: Date; postings: Posting[] }
const shown = ({ id, description, reference, created_at, postings }: Row): Static<typeof Entry> => ({
  id,
  description,
  postings,
  ...(reference ? { reference } : {}),
  createdAt: created_at.toISOString(),
})

/** Rules that need no database: both sides of an entry are equal. */
function checkBalance({ postings }: Wanted): void {
  const sum = postings.reduce((total, { amountMinor }) => total + amountMinor, 0)
  if (sum !== 0) throw problems['entry.unbalanced']({ detail: `The amounts add up to ${sum}.` })
}

/** Accounts of another tenant do not exist here: the same answer as for made-up ids. */
async function checkAccounts(tx: Tx, { postings }: Wanted): Promise<void> {
  const wanted = postings.map(({ accountId }) => accountId.toLowerCase())
  const rows = await tx.query<{ id: string; currency: string }>(
    'select id, currency from accounts where id = any($1)',
    [wanted],
  )
  const currencies = new Map(rows.map(({ id, currency }) => [id, currency]))
  const missing = wanted.findIndex((id) => !currencies.has(id))
  if (missing >= 0) {
    const message = `account ${wanted[missing]} does not exist`
    throw problems['entry.unknown-account']({
      fields: [{ pointer: `/postings/${missing}/accountId`, rule: 'exists', message }],
    })
  }
  if (new Set(currencies.values()).size > 1) throw problems['entry.mixed-currencies']()
}

async function insert(tx: Tx, tenantId: string, entry: Wanted, references: boolean): Promise<Static<typeof Entry>> {
  const id = uuid()
  const reference = references ? (entry.reference ?? id) : null
  const [row] = await (references
    ? tx.query<{ created_at: Date }>(
        'insert into entries (tenant_id, id, description, reference) values ($1, $2, $3, $4) returning created_at',
        [tenantId, id, entry.description, reference],
      )
    : tx.query<{ created_at: Date }>(
        'insert into entries (tenant_id, id, description) values ($1, $2, $3) returning created_at',
        [tenantId, id, entry.description],
      ))
  if (!row) throw new Error('an insert returned no row')
  await tx.query(
    `insert into postings (tenant_id, entry_id, line, account_id, amount_minor)
     select $1, $2, line, account_id, amount_minor
       from unnest($3::uuid[], $4::bigint[]) with ordinality as p (account_id, amount_minor, line)`,
    [
      tenantId,
      id,
      entry.postings.map(({ accountId }) => accountId),
      entry.postings.map(({ amountMinor }) => amountMinor),
    ],
  )
  return shown({ id, description: entry.description, reference, created_at: row.created_at, postings: entry.postings })
}

const list = (references: boolean): string => `
  select id, description, ${references ? 'reference, ' : ''}created_at,
         (select json_agg(json_build_object('accountId', account_id, 'amountMinor', amount_minor) order by line)
            from postings p where p.tenant_id = e.tenant_id and p.entry_id = e.id) as postings
    from entries e where ($1::uuid is null or id > $1) order by id limit $2`

type Options = { database: Database; references: boolean }
/** The journal of the tenant that asks; entries are written once and never changed. `references`: since 1.1.0. */
export const entriesRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { database, references }) => {
  const body = references ? NewReferencedEntry : (NewEntry as typeof NewReferencedEntry) // the wider type: a reference may be absent
  app.post('/entries', { schema: { body, response: { 201: Entry } } }, async (request, reply) => {
    const tenant = tenantOf(request)
    checkBalance(request.body)
    try {
      const entry = await database.withTenant(tenant, async (tx) => {
        await checkAccounts(tx, request.body)
        return insert(tx, tenant.id, request.body, references)
      })
      return await reply.code(201).send(entry)
    } catch (error) {
      if (brokenConstraint(error) !== 'entries_reference_once') throw error
      throw problems['entry.reference-used']({ detail: request.body.reference ?? '' })
    }
  })

  app.get('/entries', { schema: { querystring: Page, response: { 200: Entries } } }, async (request) => {
    const { limit, after } = request.query
    const rows = await database.withTenant(tenantOf(request), (tx) =>
      tx.query<Row>(list(references), [after ?? null, limit + 1]),
    )
    return page(rows.map(shown), limit)
  })
}
