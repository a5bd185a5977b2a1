import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import type { Flood } from './flood.ts'
import { sendOpenLoop } from './open-loop.ts'
import { percentile, type Bench } from './report.ts'

const FLOOD = fileURLToPath(new URL('./flood.ts', import.meta.url))
/** `team-shared` grants 100 requests a second. */
const LIMIT = 100
const FACTOR = 10
const SECONDS = 15
const ROUNDS = 3
/** What the neighbour asks for meanwhile, well below its own limit. */
const QUIET = { perSecond: 20, count: 20 * SECONDS }
/** Accounts of the flooding tenant: a page of them, with balances, is what it asks for. */
const ACCOUNTS = 50

type Setting = 'quiet' | 'limited' | 'unlimited'
type Seen = { latenciesMs: number[]; flood: Record<string, number> }

/**
 * One tenant floods its cell at ten times what its plan grants, by the clock; what its neighbour in the same pods and the same
 * database notices, against the same neighbour alone, and against a flood by a tenant whose plan grants as good as everything.
 */
export const neighbourBench: Bench = {
  bars: [
    { of: 'added_p99_ms', max: 20 },
    { of: 'limits_off_over_on', min: 5 },
  ],
  run: async (say) => {
    const its = await testEstate({ throwAway: false })
    try {
      const hosts = await settle(its)
      const seen: Record<Setting, Seen[]> = { quiet: [], limited: [], unlimited: [] }
      for (let round = 1; round <= ROUNDS; round++) {
        for (const setting of ['quiet', 'limited', 'unlimited'] as const) {
          const one = await listen(its.estate.urls.edge, hosts, setting)
          seen[setting].push(one)
          say(
            `round ${round}, ${setting}: p99 ${Math.round(percentile(one.latenciesMs, 0.99))} ms ${JSON.stringify(one.flood)}`,
          )
        }
      }
      return summarize(seen)
    } finally {
      await its.remove()
    }
  },
}

type Hosts = { neighbour: string; limited: string; unlimited: string }

/** A cell with the three tenants, and accounts in those that will flood. */
async function settle({ estate, plane }: TestEstate): Promise<Hosts> {
  await offerUnlimited((await readFile(estate.credentials.url('plane-owner'), 'utf8')).trim())
  await createCell(plane, 'shared', { tenants: 10, requestsPerSecond: 1_000_000 })
  const provision = async (slug: string, plan: string): Promise<string> => {
    const made = await plane.call<{ operationId: string; tenant: { host: string } }>('POST', '/v1/tenants', {
      body: { slug, plan },
    })
    if (made.status !== 202) throw new Error(`${slug}: ${made.status} ${JSON.stringify(made.body)}`)
    await plane.settle(made.body.operationId)
    return made.body.tenant.host
  }
  const hosts = {
    neighbour: await provision('neighbour', 'team-shared'),
    limited: await provision('limited', 'team-shared'),
    unlimited: await provision('unlimited', 'unlimited-shared'),
  }
  for (const host of Object.values(hosts)) {
    for (let n = 0; n < ACCOUNTS; n++) {
      const body = { name: `Account ${n}`, kind: 'asset', currency: 'EUR' }
      const { status } = await asCustomer(estate.urls.edge, host, '/accounts', { method: 'POST', body })
      if (status !== 201) throw new Error(`an account of ${host} was answered ${status}`)
    }
  }
  return hosts
}

/** A plan with the limits off. No installation would sell it, so there is no way to make it but its row. */
async function offerUnlimited(connectionString: string): Promise<void> {
  const owner = new pg.Client({ connectionString })
  await owner.connect()
  await owner.query(`
    insert into plans (name, title, isolation, regions, limits, objectives, price_minor, currency, ring)
    select 'unlimited-shared', 'Unlimited', isolation, regions,
           '{"requestsPerSecond": 100000, "burst": 100000, "statementTimeoutMs": 60000}', objectives, price_minor, currency, ring
      from plans where name = 'team-shared'`)
  await owner.end()
}

async function listen(edgeUrl: string, hosts: Hosts, setting: Setting): Promise<Seen> {
  const flooding = setting === 'quiet' ? undefined : flood(edgeUrl, hosts[setting])
  if (flooding) await new Promise((resolve) => setTimeout(resolve, 1000)) // until it is under way
  const { latenciesMs, statuses } = await sendOpenLoop(QUIET, async () => {
    return (await asCustomer(edgeUrl, hosts.neighbour, '/accounts')).status
  })
  const { 200: fine = 0, ...others } = statuses
  const seen = { latenciesMs, flood: (await flooding) ?? {} }
  if (setting !== 'unlimited' && fine < QUIET.count)
    throw new Error(`the neighbour was answered ${JSON.stringify(others)}`)
  return seen
}

/** The flood lasts a little longer than the neighbour is asked, so that there is no quiet end. */
async function flood(edgeUrl: string, host: string): Promise<Record<string, number>> {
  const load: Flood = {
    edgeUrl,
    host,
    path: '/accounts',
    perSecond: FACTOR * LIMIT,
    count: FACTOR * LIMIT * (SECONDS + 2),
  }
  const { stdout } = await promisify(execFile)(process.execPath, [FLOOD, JSON.stringify(load)])
  return JSON.parse(stdout) as Record<string, number> // printed by flood.ts
}

function summarize(seen: Record<Setting, Seen[]>) {
  const p = (setting: Setting, share: number) =>
    percentile(
      seen[setting].map(({ latenciesMs }) => percentile(latenciesMs, share)),
      0.5,
    )
  const round = (value: number) => Math.round(value * 10) / 10
  const answered = (setting: Setting, status: string) =>
    seen[setting].reduce((sum, { flood: statuses }) => sum + (statuses[status] ?? 0), 0)
  const figures = {
    quiet_p50_ms: round(p('quiet', 0.5)),
    quiet_p99_ms: round(p('quiet', 0.99)),
    limited_p99_ms: round(p('limited', 0.99)),
    unlimited_p99_ms: round(p('unlimited', 0.99)),
    added_p99_ms: round(p('limited', 0.99) - p('quiet', 0.99)),
    flood_answered: answered('limited', '200'),
    flood_refused: answered('limited', '429'),
  }
  const ratios = { limits_off_over_on: p('unlimited', 0.99) / p('limited', 0.99) }
  const compared_with = `the neighbour alone, and with the flood of a tenant without limits, by turns; medians of ${ROUNDS} rounds`
  return { figures, ratios, compared_with, runs: ROUNDS }
}
