import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { planeProcesses } from '../plane-processes.ts'
import { percentile, type Bench } from '../report.ts'
import { fillFleet } from './fleet.ts'
import type { Answered, Turn } from './load.ts'

const BARE = fileURLToPath(new URL('./bare-server.ts', import.meta.url))
const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url))
const TENANTS = 10_000
const ROUNDS = 5
const SECONDS = 3
const CONNECTIONS = 8
const MOST = 50_000

const PATHS = {
  list: ['/v1/tenants?limit=50'],
  get: Array.from({ length: 1000 }, (_, n) => `/v1/tenants/tenant-${(n * 7919) % TENANTS}`),
} as const
type Route = keyof typeof PATHS
const ROUTES = Object.keys(PATHS) as Route[]
const SIDES = ['plane', 'bare'] as const
type Side = (typeof SIDES)[number]
type Seen = Record<`${Route}_${Side}`, Answered[]>

/**
 * Lists and gets among ten thousand tenants, authenticated, checked, recorded in metrics and log as ever, beside a bare route with
 * the same SQL on the same database. Both are asked by turns by the same program; ratios are of medians, the worse route counts.
 */
export const apiBench: Bench = {
  bars: [
    { of: 'throughput', min: 0.6 },
    { of: 'p99', max: 2 },
  ],
  run: async (say) => {
    const its = await planeProcesses(1)
    try {
      await fillFleet(its.root, TENANTS)
      const bare = await its.start(BARE, { DATABASE_URL: its.operator })
      const { token } = await its.login('viewer')
      const at = { plane: { url: its.urls[0] ?? '', token }, bare: { url: bare, token: null } } as const
      const seen: Seen = { list_plane: [], list_bare: [], get_plane: [], get_bare: [] }
      for (let round = 0; round <= ROUNDS; round++) {
        for (const route of ROUTES) {
          for (const side of round % 2 === 0 ? SIDES : SIDES.toReversed()) {
            const answered = await ask({ ...at[side], paths: PATHS[route] })
            if (round > 0) seen[`${route}_${side}`].push(answered) // the first round warms both up
          }
        }
        say(`round ${round} of ${ROUNDS}`)
      }
      return summarize(seen)
    } finally {
      await its.close()
    }
  },
}

async function ask(target: Pick<Turn, 'url' | 'token' | 'paths'>): Promise<Answered> {
  const turn: Turn = { ...target, connections: CONNECTIONS, seconds: SECONDS, most: MOST }
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD, JSON.stringify(turn)])
  const answered = JSON.parse(stdout) as Answered // what load.ts prints
  if (answered.failed.length > 0) throw new Error(`a request failed: ${answered.failed.join(', ')}`)
  return answered
}

function summarize(seen: Seen) {
  const median = (of: keyof Seen, what: 'perSecond' | 'p50Ms' | 'p99Ms') =>
    percentile(
      seen[of].map((answered) => answered[what]),
      0.5,
    )
  const figures = Object.fromEntries(
    (Object.keys(seen) as (keyof Seen)[]).flatMap((of) => [
      [`${of}_per_second`, Math.round(median(of, 'perSecond'))],
      [`${of}_p50_ms`, Math.round(median(of, 'p50Ms') * 100) / 100],
      [`${of}_p99_ms`, Math.round(median(of, 'p99Ms') * 100) / 100],
    ]),
  )
  const over = (route: Route, what: 'perSecond' | 'p99Ms') =>
    median(`${route}_plane`, what) / median(`${route}_bare`, what)
  const ratios = {
    list_throughput: over('list', 'perSecond'),
    get_throughput: over('get', 'perSecond'),
    list_p99: over('list', 'p99Ms'),
    get_p99: over('get', 'p99Ms'),
  }
  const worse = {
    throughput: Math.min(ratios.list_throughput, ratios.get_throughput),
    p99: Math.max(ratios.list_p99, ratios.get_p99),
  }
  const compared_with = `a bare Fastify route with the same SQL on the same ${TENANTS} tenants, by turns`
  return { figures, ratios: { ...ratios, ...worse }, compared_with, runs: ROUNDS }
}
