import { createCell, residentBytes, testEstate } from '../support/estate.ts'
import { openBare } from './bare.ts'
import { type Compared, comparePrivate, compareShared } from './provision-compared.ts'
import { type Burst, provisionAtOnce } from './provision-concurrent.ts'
import { percentile, type Bench } from './report.ts'

const SHARED = 50
const PRIVATE = 15
const AT_ONCE = 200

/**
 * On the process node: shared and private tenants one after the other, from sending the request to the first 200 as that tenant
 * through edge and gateway, by turns with a bare script that has no plane and reaches the same end; between the two, 200 shared ones
 * at once.
 * The effects are the recorded durations of the steps; what remains is the plane's own overhead.
 */
export const provisionBench: Bench = {
  bars: [
    { of: 'shared_p50_ms', max: 700 },
    { of: 'private_p50_ms', max: 4000 },
    { of: 'overhead_p50_ms', max: 250 },
    { of: 'private', max: 1.5 },
    { of: 'at_once_failed_tenants', max: 0 },
    { of: 'at_once_tenants_per_second', min: 6, floor: { value: 4, decision: '0041' } },
  ],
  run: async (say) => {
    const its = await testEstate({ throwAway: false })
    const bare = await openBare(its.estate)
    try {
      const shared = await compareShared(its, bare, SHARED, (n) => say(`${n} of ${SHARED} shared tenants, both ways`))
      const memory = await residentBytes(its.estate)
      await createCell(its.plane, 'burst', { tenants: AT_ONCE, requestsPerSecond: 100_000 })
      say(`${AT_ONCE} at once`)
      const burst = await provisionAtOnce(its.plane, its.estate.urls.edge, {
        count: AT_ONCE,
        plan: 'starter-shared',
        prefix: 'burst',
      })
      for (const failure of burst.failed) say(failure)
      // last, because their thirty pods stay: the shared ones are to be measured beside shared ones
      const own = await comparePrivate(its, bare, PRIVATE, (n) => say(`${n} of ${PRIVATE} private tenants, both ways`))
      return summarize({ shared, own, memory, burst })
    } finally {
      await bare.close()
      await its.remove()
    }
  },
}

type Runs = { shared: Compared; own: Compared; memory: Record<string, number>; burst: Burst }

function summarize({ shared, own, memory, burst }: Runs) {
  const served = ({ plane }: Compared) => plane.map(({ servedMs }) => servedMs)
  const effects = shared.plane.map(({ effectsMs }) => effectsMs)
  const overhead = shared.plane.map(({ servedMs, effectsMs }) => Math.max(0, servedMs - effectsMs))
  const ms = (samples: readonly number[], share: number) => Math.round(percentile(samples, share))
  const mb = (name: string) => Math.round((memory[name] ?? Number.NaN) / 1_000_000)
  const figures = {
    shared_p50_ms: ms(served(shared), 0.5),
    shared_p95_ms: ms(served(shared), 0.95),
    shared_bare_p50_ms: ms(shared.bareMs, 0.5),
    private_p50_ms: ms(served(own), 0.5),
    private_p95_ms: ms(served(own), 0.95),
    private_bare_p50_ms: ms(own.bareMs, 0.5),
    effects_p50_ms: ms(effects, 0.5),
    overhead_p50_ms: ms(overhead, 0.5),
    overhead_p95_ms: ms(overhead, 0.95),
    at_once_failed_tenants: burst.failed.length,
    at_once_tenants_per_second: Math.round(burst.perSecond * 100) / 100,
    at_once_p50_ms: ms(burst.servedMs, 0.5),
    at_once_p95_ms: ms(burst.servedMs, 0.95),
    api_resident_max_mb: mb('api'),
    worker_resident_max_mb: mb('worker'),
    daemon_resident_max_mb: mb('daemon'),
  }
  const ratios = {
    shared: figures.shared_p50_ms / figures.shared_bare_p50_ms,
    private: figures.private_p50_ms / figures.private_bare_p50_ms,
  }
  const compared_with =
    'a bare script without a plane that makes the same calls by turns with it; equal ends are checked'
  return { figures, ratios, compared_with, runs: shared.plane.length }
}
