import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { startCopy } from '../../stacks/postgres/move/copy.ts'
import { moveProgress } from '../../stacks/postgres/move/progress.ts'
import type { Move, MoveEnd } from '../../stacks/postgres/move/move.ts'
import { connectProducts, type ProductServer } from '../../stacks/postgres/product-server.ts'
import { createUnitDatabase } from '../../stacks/postgres/unit-database.ts'
import { type TestServer, until, withClient } from './postgres.ts'

/** A unit's database on a cluster, as the plane makes it, with tables of tenants as a product's migration makes them. */
export type Site = {
  end: MoveEnd
  names: UnitNames
  /** Rows of the last statement, as one of the unit's logins or as the superuser. */
  as: <Row>(login: 'root' | 'owner' | 'app', ...statements: string[]) => Promise<Row[]>
  appUrl: string
  ownerUrl: string
}
const PASSWORD = 'unit-secret'

/** PostgreSQL 15 starts one replication worker in five seconds unless told otherwise; tests of moves wait for dozens. */
export const QUICK_WORKERS = {
  wal_retrieve_retry_interval: '100ms',
  max_worker_processes: 24,
  max_logical_replication_workers: 16,
  max_sync_workers_per_subscription: 4,
  max_replication_slots: 30,
  max_wal_senders: 30,
}

/** An identity column, a generated one, a deferred foreign key, a name that needs quotes; and a table of nobody. */
export const MOVE_SCHEMA = [
  'create table counters (tenant_id uuid not null, id int not null, n bigint not null default 0, primary key (tenant_id, id))',
  `create table notes (tenant_id uuid not null, id bigint generated always as identity, counter int not null, body text not null,
     size int generated always as (length(body)) stored, at timestamptz not null default now(), primary key (tenant_id, id),
     unique (tenant_id, body), foreign key (tenant_id, counter) references counters deferrable initially deferred)`,
  'create table "Odd ""Table" (tenant_id uuid not null, "A ""key" text not null, primary key ("A ""key", tenant_id))',
  'create table prices (id int primary key)',
  ...['counters', 'notes', '"Odd ""Table"'].flatMap((table) => [
    `alter table ${table} enable row level security`,
    `alter table ${table} force row level security`,
    `create policy own on ${table} using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
  ]),
]

export async function site(
  cluster: TestServer,
  products: ProductServer,
  schema: readonly string[] = MOVE_SCHEMA,
): Promise<Site> {
  const names = unitNames('cell', `m${randomBytes(5).toString('hex')}`)
  await createUnitDatabase(products, { names, passwords: { owner: PASSWORD, app: PASSWORD, copy: PASSWORD }, epoch: 1 })
  const login = (role: string) =>
    Object.assign(new URL(cluster.url(names.database)), { username: role, password: PASSWORD }).href
  const urls = { root: cluster.url(names.database), owner: login(names.ownerRole), app: login(names.appRole) }
  const as: Site['as'] = (role, ...statements) =>
    withClient(urls[role], async (client) => {
      let rows: never[] = []
      for (const statement of statements) rows = (await client.query<never>(statement)).rows
      return rows
    })
  if (schema.length > 0) await as('owner', ...schema)
  return {
    end: { server: products, database: names.database, reach: products.address },
    names,
    as,
    appUrl: urls.app,
    ownerUrl: urls.owner,
  }
}

export const products = (cluster: TestServer): ProductServer => connectProducts({ url: cluster.superuser })

export const move = (tenantId: string, source: Site, target: Site): Move => ({
  id: randomUUID(),
  tenantId,
  epoch: 1,
  source: source.end,
  target: target.end,
})

/** Rows of a tenant as a migration long ago would have left them. */
export const fill = (at: Site, tenant: string, notes = 200): Promise<unknown> =>
  at.as(
    'root',
    `insert into counters (tenant_id, id) select '${tenant}', n from generate_series(1, 5) n`,
    `insert into notes (tenant_id, counter, body) select '${tenant}', 1 + n % 5, 'old ' || n from generate_series(1, ${notes}) n`,
    `update counters c set n = (select count(*) from notes where tenant_id = '${tenant}' and counter = c.id) where tenant_id = '${tenant}'`,
    `insert into "Odd ""Table" values ('${tenant}', 'it''s a \\ "key"'), ('${tenant}', 'ünïcode')`,
  )

export const counts = async (at: Site, tenant: string): Promise<number[]> => {
  const rows = await at.as<{ n: number }>(
    'root',
    ['counters', 'notes', '"Odd ""Table"']
      .map((table) => `select count(*)::int as n from ${table} where tenant_id = '${tenant}'`)
      .join(' union all '),
  )
  return rows.map(({ n }) => n)
}

/** Starts the copy and waits until it has caught up. */
export async function copied(it: Move, seconds = 60): Promise<void> {
  await startCopy(it, unlinked)
  await until(async () => {
    const progress = await moveProgress(it)
    if (!progress.ready) throw new Error(JSON.stringify(progress))
  }, seconds)
}

export type Writers = {
  /** Where new transactions go; both routes of a test are this. */
  route: (to: Site) => Promise<void>
  /** Bodies of notes whose commit was acknowledged. */
  acknowledged: Set<string>
  refused: () => number
  stop: () => Promise<void>
  /** What is wrong with the rows of a site: acknowledged notes that are missing, notes without their count, or the other way. */
  faults: (at: Site) => Promise<string[]>
}

/** Writes as the product does, one transaction after another: a note and the count of notes. What is refused is written again. */
export function startWriters(
  tenant: string,
  first: Site,
  { lanes = 3, perSecond = Infinity }: { lanes?: number; perSecond?: number } = {},
): Writers {
  let [at, refused] = [first, 0]
  const stopping = new AbortController()
  const acknowledged = new Set<string>()
  const lane = async (n: number) => {
    let client: pg.Client | undefined
    let connected: Site | undefined
    let due = Date.now()
    for (let body = randomUUID(); !stopping.signal.aborted;) {
      try {
        if (client === undefined || connected !== at) {
          await client?.end().catch(() => {})
          connected = at
          client = new pg.Client({ connectionString: at.appUrl, connectionTimeoutMillis: 5000 })
          client.on('error', () => {})
          await client.connect()
          await client.query(`select set_config('app.tenant_id', $1, false)`, [tenant])
        }
        await client.query('begin')
        const known = await client.query('select 1 from notes where tenant_id = $1 and body = $2', [tenant, body])
        if (known.rowCount === 0) {
          await client.query('insert into notes (tenant_id, counter, body) values ($1, $2, $3)', [tenant, 1 + n, body])
          await client.query('update counters set n = n + 1 where tenant_id = $1 and id = $2', [tenant, 1 + n])
        }
        await client.query('commit')
        acknowledged.add(body) // a commit whose answer was lost is looked for, and not written twice
        body = randomUUID()
        due = Math.max(due + (1000 * lanes) / perSecond, Date.now() - 1000) // after a freeze it does not catch up for long
        if (due > Date.now()) await new Promise((resolve) => setTimeout(resolve, due - Date.now()))
      } catch (error) {
        refused += 1
        const code = error instanceof pg.DatabaseError ? error.code : undefined
        if (code === '25006') await client?.query('rollback').catch(() => (client = undefined))
        else {
          await client?.end().catch(() => {})
          client = undefined
        }
        if (code?.startsWith('23')) throw error // a key given out twice: the test must fail
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await client?.end().catch(() => {})
  }
  const running = Array.from({ length: lanes }, (_, n) => lane(n))
  for (const one of running) one.catch(() => {}) // told when they are stopped
  return {
    route: async (to) => void (at = to),
    acknowledged,
    refused: () => refused,
    stop: async () => {
      stopping.abort()
      await Promise.all(running)
    },
    faults: async (where) => {
      const before = [...acknowledged] // more may be while we look
      const [seen] = await where.as<{ bodies: string[]; sum: number }>(
        'root',
        `select coalesce((select jsonb_agg(body) from notes where tenant_id = '${tenant}'), '[]') as bodies,
                (select sum(n)::int from counters where tenant_id = '${tenant}') as sum`,
      )
      const bodies = seen?.bodies ?? []
      const found = new Set(bodies)
      return [
        ...before.filter((body) => !found.has(body)).map((body) => `lost ${body}`),
        ...(found.size === bodies.length ? [] : [`${bodies.length - found.size} notes twice`]),
        ...(seen?.sum === bodies.length ? [] : [`${seen?.sum} counted, ${bodies.length} there`]),
      ]
    },
  }
}
