import { rm } from 'node:fs/promises'
import { startEstate } from '../../stacks/local/estate.ts'
import { createCell, estateHome, residentBytes, testEstate } from '../support/estate.ts'
import { percentile, type Bench, type Measured } from './report.ts'

const RUNS = 5
const MB = 1_000_000

/**
 * A stopped estate of ordinary kind (fsync on) with a cell in it, started again until everything is ready; beside it, in the same
 * run, the same estate without API and worker, so that the plane's own share shows. Memory is read once the last start is ready.
 */
export const startBench: Bench = {
  bars: [
    { of: 'ready_p50_ms', max: 20_000 },
    { of: 'api_resident_max_mb', max: 200 },
    { of: 'worker_resident_max_mb', max: 350 },
    { of: 'daemon_resident_max_mb', max: 250 },
  ],
  run: async (say) => {
    const home = await estateHome()
    const options = { home, portBase: 'free', throwAway: false } as const
    try {
      const first = await testEstate(options)
      try {
        await createCell(first.plane, 'cell-1')
      } finally {
        await first.estate.stop()
      }
      return await measure(home, say)
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  },
}

async function measure(home: string, say: (line: string) => void): Promise<Measured> {
  const whole: number[] = []
  const bare: number[] = []
  let memory: Record<string, number> = {}
  for (let run = 1; run <= RUNS; run++) {
    const without = await startEstate({ home, without: ['api', 'worker'] })
    bare.push(without.startedInMs)
    await without.stop()
    const all = await startEstate({ home })
    whole.push(all.startedInMs)
    memory = await residentBytes(all)
    await all.stop()
    say(`run ${run} of ${RUNS}: ${all.startedInMs} ms, without API and worker ${without.startedInMs} ms`)
  }
  const resident = (server: string) => Math.round((memory[server] ?? Number.NaN) / MB)
  const figures = {
    ready_p50_ms: percentile(whole, 0.5),
    ready_max_ms: percentile(whole, 1),
    estate_only_p50_ms: percentile(bare, 0.5),
    api_resident_max_mb: resident('api'),
    worker_resident_max_mb: resident('worker'),
    daemon_resident_max_mb: resident('daemon'),
  }
  const ratios = { with_plane: figures.ready_p50_ms / figures.estate_only_p50_ms }
  return { figures, ratios, compared_with: 'the same estate without API and worker', runs: RUNS }
}
