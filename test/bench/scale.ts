import { createCell, residentBytes, testEstate } from '../support/estate.ts'
import type { PlaneClient } from '../support/plane.ts'
import type { Bench } from './report.ts'

const CELLS = 8
const SHARED = 2000
const PRIVATE = 60
/** Requests under way at once: about what keeps two cores busy, so that the figure is throughput and not idling. */
const WIDTH = 4
/** First and last tenants that are compared. */
const SHARED_SPAN = 100
const PRIVATE_SPAN = 10

type Ended = { at: number }

/** Provisions `count` tenants, some at a time, and notes when each had ended. */
async function provisionAll(
  plane: PlaneClient,
  plan: string,
  prefix: string,
  count: number,
  say: (done: number) => Promise<void>,
): Promise<Ended[]> {
  const ended: Ended[] = []
  let next = 0
  const lane = async () => {
    for (let n = next++; n < count; n = next++) {
      const { status, body } = await plane.call('POST', '/v1/tenants', { body: { slug: `${prefix}-${n}`, plan } })
      if (status !== 202) throw new Error(`${prefix}-${n}: ${status} ${JSON.stringify(body)}`)
      await plane.settle(String(body['operationId']))
      ended.push({ at: performance.now() })
      if (ended.length % Math.ceil(count / 10) === 0) await say(ended.length)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, lane))
  return ended
}

/** Milliseconds a tenant between two of the ends, given in order. */
function pace(ended: readonly Ended[], from: number, to: number): number {
  const [first, last] = [ended[from], ended[to]]
  if (!first || !last) throw new Error(`only ${ended.length} tenants ended`)
  return (last.at - first.at) / (to - from)
}

/** How much slower the last tenants of a fleet are than its first, and whether API and worker grow with it. */
export const scaleBench: Bench = {
  bars: [
    { of: 'growth', max: 1.3 },
    { of: 'growth_private', max: 1.3 },
    { of: 'api_memory_growth', max: 1.2 },
    { of: 'worker_memory_growth', max: 1.2 },
  ],
  run: async (say) => {
    const { estate, plane, remove } = await testEstate({ throwAway: false })
    const memory: Record<string, number>[] = []
    const note = (what: string) => async (done: number) => {
      const now = await residentBytes(estate)
      memory.push(now)
      const mb = (name: string) => Math.round((now[name] ?? 0) / 1_000_000)
      say(`${done} ${what}: API ${mb('api')} MB, worker ${mb('worker')} MB, daemon ${mb('daemon')} MB`)
    }
    try {
      const capacity = { tenants: SHARED / CELLS, requestsPerSecond: 1_000_000 }
      for (let n = 0; n < CELLS; n++) await createCell(plane, `cell-${n}`, capacity)
      const shared = await provisionAll(plane, 'starter-shared', 'shared', SHARED, note('shared tenants'))
      const firstQuarter = memory[2] ?? {}
      const own = await provisionAll(plane, 'business-private', 'private', PRIVATE, note('private instances'))
      const last = memory.at(-1) ?? {}
      const grown = (name: string) => (last[name] ?? Number.NaN) / (firstQuarter[name] ?? Number.NaN)
      const paces = {
        shared_first_ms: pace(shared, WIDTH, WIDTH + SHARED_SPAN),
        shared_last_ms: pace(shared, SHARED - SHARED_SPAN - 1, SHARED - 1),
        private_first_ms: pace(own, WIDTH, WIDTH + PRIVATE_SPAN),
        private_last_ms: pace(own, PRIVATE - PRIVATE_SPAN - 1, PRIVATE - 1),
      }
      const round = Object.entries(paces).map(([name, value]) => [name, Math.round(value)] as const)
      const mb = (name: string) => Math.round((last[name] ?? Number.NaN) / 1_000_000)
      return {
        figures: {
          ...Object.fromEntries(round),
          api_resident_last_mb: mb('api'),
          worker_resident_last_mb: mb('worker'),
          daemon_resident_last_mb: mb('daemon'),
        },
        ratios: {
          growth: paces.shared_last_ms / paces.shared_first_ms,
          growth_private: paces.private_last_ms / paces.private_first_ms,
          api_memory_growth: grown('api'),
          worker_memory_growth: grown('worker'),
        },
        compared_with: `the first tenants of the same run: ${SHARED_SPAN} shared, ${PRIVATE_SPAN} private; memory after 30 % of the shared ones`,
        runs: SHARED + PRIVATE,
      }
    } finally {
      await remove()
    }
  },
}
