import { asCustomer, type OperationView, type PlaneClient } from '../support/plane.ts'
import { createCell, residentBytes, testEstate } from '../support/estate.ts'
import { provisionAtOnce, type Burst } from './provision-concurrent.ts'
import { percentile, type Bench } from './report.ts'

const TENANTS = 50
const AT_ONCE = 200
const WARM_UP = 3
const POLL_MS = 2

type Sample = { servedMs: number; effectsMs: number }

/**
 * Shared tenants one after the other on the process node: from sending the request to the first 200 as that tenant through edge and
 * gateway. The effects are the recorded durations of the steps; what remains is the plane's own overhead. Then 200 at once.
 */
export const provisionBench: Bench = {
  bars: [
    { of: 'shared_p50_ms', max: 700 },
    { of: 'overhead_p50_ms', max: 250 },
    { of: 'at_once_failed_tenants', max: 0 },
    { of: 'at_once_tenants_per_second', min: 6 },
  ],
  run: async (say) => {
    const { estate, plane, remove } = await testEstate({ throwAway: false })
    try {
      await createCell(plane, 'cell-1', { tenants: 400, requestsPerSecond: 100_000 })
      const samples: Sample[] = []
      for (let n = 1 - WARM_UP; n <= TENANTS; n++) {
        const sample = await provisionOne(plane, estate.urls.edge, `bench-${n + WARM_UP}`)
        if (n > 0) samples.push(sample)
        if (n > 0 && n % 10 === 0) say(`${n} of ${TENANTS}: the last took ${Math.round(sample.servedMs)} ms`)
      }
      const memory = await residentBytes(estate)
      say(`${AT_ONCE} at once`)
      const burst = await provisionAtOnce(plane, estate.urls.edge, {
        count: AT_ONCE,
        plan: 'starter-shared',
        prefix: 'burst',
      })
      for (const failure of burst.failed) say(failure)
      return summarize(samples, memory, burst)
    } finally {
      await remove()
    }
  },
}

async function provisionOne(plane: PlaneClient, edgeUrl: string, slug: string): Promise<Sample> {
  const started = performance.now()
  const { status, body } = await plane.call<{ operationId: string; tenant: { host: string } }>('POST', '/v1/tenants', {
    body: { slug, plan: 'starter-shared' },
  })
  if (status !== 202) throw new Error(`${slug}: ${status} ${JSON.stringify(body)}`)
  for (;;) {
    const answer = await asCustomer(edgeUrl, body.tenant.host, '/whoami')
    if (answer.status === 200 && (JSON.parse(answer.body) as { tenant: string }).tenant === slug) break
    if (performance.now() - started > 60_000) throw new Error(`${slug} is not served: ${answer.status} ${answer.body}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  const servedMs = performance.now() - started
  return { servedMs, effectsMs: effectsUntilServed(await plane.settle(body.operationId)) }
}

/** Time inside steps up to the first 200. The last step asks for that same 200: it counts for nothing here but to the overhead. */
const effectsUntilServed = ({ steps }: OperationView): number =>
  steps
    .filter(({ step }) => step !== 'probe-serving')
    .reduce((sum, { startedAt, finishedAt }) => sum + (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')), 0)

function summarize(samples: readonly Sample[], memory: Record<string, number>, burst: Burst) {
  const served = samples.map(({ servedMs }) => servedMs)
  const effects = samples.map(({ effectsMs }) => effectsMs)
  const overhead = samples.map(({ servedMs, effectsMs }) => Math.max(0, servedMs - effectsMs))
  const figures = {
    shared_p50_ms: Math.round(percentile(served, 0.5)),
    shared_p95_ms: Math.round(percentile(served, 0.95)),
    effects_p50_ms: Math.round(percentile(effects, 0.5)),
    overhead_p50_ms: Math.round(percentile(overhead, 0.5)),
    overhead_p95_ms: Math.round(percentile(overhead, 0.95)),
    api_resident_max_mb: Math.round((memory['api'] ?? Number.NaN) / 1_000_000),
    worker_resident_max_mb: Math.round((memory['worker'] ?? Number.NaN) / 1_000_000),
    daemon_resident_max_mb: Math.round((memory['daemon'] ?? Number.NaN) / 1_000_000),
    at_once_failed_tenants: burst.failed.length,
    at_once_tenants_per_second: Math.round(burst.perSecond * 100) / 100,
    at_once_p50_ms: Math.round(percentile(burst.servedMs, 0.5)),
    at_once_p95_ms: Math.round(percentile(burst.servedMs, 0.95)),
  }
  const ratios = { shared_over_effects: figures.shared_p50_ms / figures.effects_p50_ms }
  return {
    figures,
    ratios,
    compared_with: 'the effects alone: the recorded durations of the steps of the same runs',
    runs: samples.length,
  }
}
