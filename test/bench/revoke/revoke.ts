import { planeClient } from '../../support/plane.ts'
import { until } from '../../support/postgres.ts'
import { planeProcesses, type PlaneProcesses } from '../plane-processes.ts'
import { percentile, type Bench } from '../report.ts'
import { watch, type Seen } from './watcher.ts'

/** Each takes something away that was there; half of them are asked for at each process. */
const REVOCATIONS = 120
/** Under way at once. */
const WIDTH = 4
/** How often each process lets it in first. */
const BEFORE = 10
/** How long it is watched that nothing comes back: longer than anything is remembered. */
const AFTER_MS = 1200

type Way = { role: string; path: string; take: (plane: ReturnType<typeof planeClient>, who: Who) => Promise<number> }
type Who = { tokenId: string; operatorId: string }
const post = (at: (who: Who) => string): Way['take'] => {
  return async (plane, who) => (await plane.call('POST', at(who))).status
}
const WAYS: readonly Way[] = [
  { role: 'viewer', path: '/v1/plans', take: post(({ tokenId }) => `/v1/tokens/${tokenId}/revoke`) },
  { role: 'viewer', path: '/v1/plans', take: post(({ operatorId }) => `/v1/operators/${operatorId}/disable`) },
  {
    role: 'sre',
    path: '/v1/audit?limit=1', // which a sales engineer may not read
    take: async (plane, { operatorId }) => {
      const body = { role: 'sales-engineer' }
      return (await plane.call('PATCH', `/v1/operators/${operatorId}`, { body })).status
    },
  },
]

type Measured = { firstMs: number[]; lateMs: number[]; backAfterwards: number }

/**
 * Tokens revoked, operators disabled and roles taken away while requests run at two processes: from the answer of the one who took
 * it away until each process refuses for the first time, and the latest request that either of them still let in.
 */
export const revokeBench: Bench = {
  bars: [
    { of: 'first_refusal_p99_ms', max: 1000 },
    { of: 'still_let_in_p99_ms', max: 1000 },
    { of: 'let_in_after_a_refusal', max: 0 },
    { of: 'revocations', min: 100 },
  ],
  run: async (say) => {
    const its = await planeProcesses(2)
    try {
      const { token } = await its.login('administrator')
      const planes = its.urls.map((url) => planeClient({ url, token }))
      const measured: Measured = { firstMs: [], lateMs: [], backAfterwards: 0 }
      let next = 0
      const lane = async () => {
        for (let n = next++; n < REVOCATIONS; n = next++) {
          const plane = planes[n % planes.length]
          const way = WAYS[n % WAYS.length]
          if (plane && way) note(measured, await revokeOnce(its, plane, way))
          if ((n + 1) % 30 === 0) say(`${n + 1} of ${REVOCATIONS}`)
        }
      }
      await Promise.all(Array.from({ length: WIDTH }, lane))
      return summarize(measured)
    } finally {
      await its.close()
    }
  },
}

async function revokeOnce(its: PlaneProcesses, plane: ReturnType<typeof planeClient>, way: Way) {
  const who = await its.login(way.role)
  const watchers = its.urls.map((url) => watch(url + way.path, who.token))
  await until(async () => {
    if (watchers.some(({ seen }) => seen.length < BEFORE)) throw new Error('it was never let in')
  })
  const status = await way.take(plane, who)
  const at = performance.now()
  if (status !== 200) throw new Error(`what was to be taken away was not: ${status}`)
  await new Promise((resolve) => setTimeout(resolve, AFTER_MS))
  return { at, processes: await Promise.all(watchers.map(({ stop }) => stop())) }
}

function note(measured: Measured, { at, processes }: { at: number; processes: Seen[][] }): void {
  for (const seen of processes) {
    if (!seen.slice(0, BEFORE).every(({ letIn }) => letIn)) throw new Error('it was refused before it was taken away')
    const first = seen.find(({ letIn }) => !letIn)
    if (first === undefined) throw new Error(`it was let in for ${AFTER_MS} ms`)
    const late = seen.filter(({ letIn, sent }) => letIn && sent > at).map(({ sent }) => sent - at)
    measured.firstMs.push(Math.max(0, first.answered - at))
    measured.lateMs.push(Math.max(0, ...late))
    measured.backAfterwards += seen.filter(({ letIn, sent }) => letIn && sent > first.answered).length
  }
}

function summarize({ firstMs, lateMs, backAfterwards }: Measured) {
  const ms = (samples: readonly number[], share: number) => Math.round(percentile(samples, share) * 10) / 10
  const figures = {
    revocations: firstMs.length / 2,
    first_refusal_p50_ms: ms(firstMs, 0.5),
    first_refusal_p99_ms: ms(firstMs, 0.99),
    first_refusal_max_ms: ms(firstMs, 1),
    still_let_in_p99_ms: ms(lateMs, 0.99),
    still_let_in_max_ms: ms(lateMs, 1),
    let_in_after_a_refusal: backAfterwards,
  }
  return { figures, ratios: {}, compared_with: 'nothing: the bar is a promise', runs: firstMs.length / 2 }
}
