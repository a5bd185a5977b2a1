import { readFile } from 'node:fs/promises'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { movingCustomer, type MovingCustomer } from '../support/moving-customer.ts'
import { asCustomer } from '../support/plane.ts'
import { withClient } from '../support/postgres.ts'
import { percentile, type Bench } from './report.ts'

const SIZES = { '100mb': 100, '1gb': 1000 } as const
type Size = keyof typeof SIZES
const ROUNDS = 3
/** 500 a second. Each lane waits for its answer: as many as keep the pace while answers are slow, and make up for what was slower. */
const WRITES = { lanes: 100, everyMs: 200, makesUpMs: 2000 }
const LIMITS = { requestsPerSecond: 500, burst: 1000 }
/** Bytes of a filling row on disk. */
const ROW_BYTES = 1000
const SLUG = 'acme'
const PATIENCE_S = 1800

type Moved = { freezeMs: number; copyMs: number; rowsCompared: number; rowsVerified: number; writesPerSecond: number }

/**
 * On the process node: a shared tenant that is written 500 times a second through the edge moves to a stack of its own and is taken back,
 * with 100 MB and with 1 GB of rows. An acknowledged write that is missing, or there twice, after either way fails the bench.
 */
export const moveBench: Bench = {
  bars: [
    { of: 'freeze_p50_ms', max: 1000 },
    { of: 'freeze_1gb_over_100mb', max: 1.5 },
    { of: 'writes_per_second_min', min: 450 },
  ],
  run: async (say) => {
    const moved: Record<Size, Moved[]> = { '100mb': [], '1gb': [] }
    for (const size of ['100mb', '1gb'] as const)
      moved[size] = await movesOf(SIZES[size], (line) => say(`${size}: ${line}`))
    return summarize(moved)
  },
}

async function movesOf(megabytes: number, say: (line: string) => void): Promise<Moved[]> {
  const its = await testEstate({ throwAway: false })
  let writer: MovingCustomer | undefined
  try {
    await createCell(its.plane, 'home', { tenants: 10, requestsPerSecond: 5000 })
    await done(its, 'POST', '/v1/tenants', { slug: SLUG, plan: 'team-shared', limits: LIMITS })
    await untilTask(its.estate.home, 'stack-engine')
    const { body: tenant } = await its.plane.call<{ id: string; host: string }>('GET', `/v1/tenants/${SLUG}`)
    await fill(its, tenant.id, megabytes)
    writer = movingCustomer(
      (path, body) => asCustomer(its.estate.urls.edge, tenant.host, path, { method: 'POST', body }),
      WRITES,
    )
    const moved: Moved[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      moved.push(await thereAndBack(its, tenant.id, writer))
      say(JSON.stringify(moved.at(-1)))
    }
    await writer.stop()
    say(`${writer.acknowledged.size} writes acknowledged, none lost, none twice`)
    return moved
  } finally {
    await writer?.stop()
    await its.remove()
  }
}

async function done(its: TestEstate, method: string, path: string, body?: unknown): Promise<void> {
  const answer = await its.plane.call(method, path, body === undefined ? {} : { body })
  if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  await its.plane.settle(String(answer.body['operationId']), 'succeeded', PATIENCE_S)
}

const CELL = unitNames('cell', 'home').database
const STACK = unitNames('stack', SLUG).database

/** Statements in the database of the cell, or of the stack, as its administrator. */
async function rowsIn(its: TestEstate, database: string, text: string, values: unknown[]): Promise<{ name: string }[]> {
  const url = new URL((await readFile(await urlFileOf(its, database), 'utf8')).trim())
  url.pathname = `/${database}`
  return withClient(url.href, async (client) => (await client.query<{ name: string }>(text, values)).rows)
}

async function urlFileOf(its: TestEstate, database: string): Promise<string> {
  if (database === CELL) return its.estate.credentials.url('products-admin')
  const answer = await askDaemon(its.estate.home, `/resources/postgres-cluster/${SLUG}-db`)
  return ((await answer.json()) as { outputs: { adminUrlFile: string } }).outputs.adminUrlFile
}

/** Entries of the ledger without postings: rows of a known size that no customer sees. */
const fill = (its: TestEstate, tenantId: string, megabytes: number) =>
  rowsIn(
    its,
    CELL,
    `insert into entries (tenant_id, id, description)
       select $1, gen_random_uuid(), (select string_agg(md5(n::text || part), '') from generate_series(1, 28) part)
         from generate_series(1, $2::int) n`,
    [tenantId, Math.round((megabytes * 1e6) / ROW_BYTES)],
  )

/** Every acknowledged name is there once, and no name twice. */
async function assertWhole(its: TestEstate, database: string, tenantId: string, writer: MovingCustomer): Promise<void> {
  const before = [...writer.acknowledged] // more may be while we look
  const held = await rowsIn(its, database, 'select name from accounts where tenant_id = $1', [tenantId])
  const found = new Set(held.map(({ name }) => name))
  const lost = before.filter((name) => !found.has(name)).length
  if (lost > 0 || found.size < held.length)
    throw new Error(`${lost} of ${before.length} acknowledged writes are lost, ${held.length - found.size} are doubled`)
}

type Shown = { id: string; report: Record<'freezeMs' | 'copyMs' | 'rowsCompared' | 'rowsVerified', number> }

async function thereAndBack(its: TestEstate, tenantId: string, writer: MovingCustomer): Promise<Moved> {
  const [from, began] = [writer.acknowledged.size, performance.now()]
  await done(its, 'POST', `/v1/tenants/${SLUG}/move`, { plan: 'team-dedicated', soakMinutes: 600 })
  const writesPerSecond = ((writer.acknowledged.size - from) * 1000) / (performance.now() - began)
  const { body } = await its.plane.call<{ items: Shown[] }>('GET', `/v1/moves?tenant=${SLUG}&limit=1`)
  const [move] = body.items
  if (move === undefined) throw new Error(`${SLUG} has not moved`)
  await assertWhole(its, STACK, tenantId, writer)
  await done(its, 'POST', `/v1/moves/${move.id}/abort`)
  await assertWhole(its, CELL, tenantId, writer)
  const { freezeMs, copyMs, rowsCompared, rowsVerified } = move.report
  return { freezeMs, copyMs, rowsCompared, rowsVerified, writesPerSecond: Math.round(writesPerSecond) }
}

function summarize(moved: Record<Size, Moved[]>) {
  const each = (size: Size, of: keyof Moved) => moved[size].map((one) => one[of])
  const p50 = (size: Size, of: keyof Moved) => percentile(each(size, of), 0.5)
  return {
    figures: {
      freeze_p50_ms: p50('1gb', 'freezeMs'),
      freeze_max_ms: Math.max(...each('1gb', 'freezeMs')),
      freeze_100mb_p50_ms: p50('100mb', 'freezeMs'),
      copy_1gb_p50_ms: p50('1gb', 'copyMs'),
      writes_per_second_min: Math.min(...each('1gb', 'writesPerSecond')),
    },
    ratios: { freeze_1gb_over_100mb: p50('1gb', 'freezeMs') / p50('100mb', 'freezeMs') },
    compared_with: 'the same move of a tenth of the rows',
    runs: ROUNDS,
  }
}
