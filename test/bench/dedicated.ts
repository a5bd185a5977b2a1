import { newId } from '../../control-plane/platform/ids.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { bareUnit } from './bare.ts'
import { makeBareStack, type BareTimes } from './bare-stack.ts'
import { factsOf, provisionOne } from './provision-compared.ts'
import { percentile, type Bench } from './report.ts'

const RUNS = 5
const PLAN = 'team-dedicated'

/**
 * On the process node: a dedicated tenant from sending the request to the first 200 as that tenant, by turns with a bare `preview` and
 * `up` of the same program by the same engine, plus the same deploy. Each is removed before the next, so that no other stack runs beside.
 */
export const dedicatedBench: Bench = {
  bars: [
    { of: 'dedicated_p50_ms', max: 45_000 },
    { of: 'dedicated', max: 1.15 },
  ],
  run: async (say) => {
    const its = await testEstate({ throwAway: false })
    try {
      await createCell(its.plane, 'like')
      await untilTask(its.estate.home, 'stack-engine')
      const plane: number[] = []
      const bare: BareTimes[] = []
      for (let n = 0; n <= RUNS; n++) {
        const served = await byPlane(its, `made-${n}`)
        const times = await byHand(its, `bare-${n}`)
        say(`${n} of ${RUNS}: ${Math.round(served)} ms, by hand ${Math.round(sum(times))} ms`)
        if (n === 0) continue // caches are filled
        plane.push(served)
        bare.push(times)
      }
      return summarize(plane, bare)
    } finally {
      await its.remove()
    }
  },
}

async function byPlane(its: TestEstate, slug: string): Promise<number> {
  const { servedMs } = await provisionOne(its, slug, PLAN)
  const { body } = await its.plane.call('DELETE', `/v1/tenants/${slug}`)
  await its.plane.settle(String(body['operationId']))
  return servedMs
}

async function byHand(its: TestEstate, slug: string): Promise<BareTimes> {
  const { plan, unit } = await factsOf(its, PLAN, 'like')
  const tenant = { id: newId(), slug, host: `${slug}.localhost`, ...plan }
  const { times, destroy } = await makeBareStack(its.estate, bareUnit('stack', slug, unit), tenant)
  await destroy()
  return times
}

const sum = ({ previewMs, upMs, deployMs }: BareTimes): number => previewMs + upMs + deployMs

function summarize(plane: readonly number[], bare: readonly BareTimes[]) {
  const p50 = (samples: readonly number[]) => Math.round(percentile(samples, 0.5))
  const figures = {
    dedicated_p50_ms: p50(plane),
    dedicated_max_ms: Math.round(Math.max(...plane)),
    bare_p50_ms: p50(bare.map(sum)),
    bare_preview_p50_ms: p50(bare.map(({ previewMs }) => previewMs)),
    bare_up_p50_ms: p50(bare.map(({ upMs }) => upMs)),
    bare_deploy_p50_ms: p50(bare.map(({ deployMs }) => deployMs)),
  }
  return {
    figures,
    ratios: { dedicated: figures.dedicated_p50_ms / figures.bare_p50_ms },
    compared_with: 'a bare preview and up of the same program by the same engine, and the same deploy by a script',
    runs: plane.length,
  }
}
