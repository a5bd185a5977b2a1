import { liveAtRandom } from '../chaos/support/random-life.ts'
import { createCell, testEstate } from '../support/estate.ts'
import type { Bench } from './report.ts'

const CELLS = ['random-1', 'random-2']
/** So many tenants that some live to the end: one wish in thirty removes one, and slugs are never used twice. */
const LIFE = { operations: 1000, tenants: 200, own: 6, kills: 40, cells: CELLS }

/** A thousand random operations with random kills from a printed seed, checked against a model: nothing may contradict it. */
export const randomBench: Bench = {
  bars: [{ of: 'contradictions', max: 0 }],
  async run(say) {
    const seed = Number(process.env['STEWARD_SEED'] ?? Math.floor(Math.random() * 1_000_000))
    say(`seed ${seed}: live it again with STEWARD_SEED=${seed}`)
    const its = await testEstate({ throwAway: false }) // a throw-away database forgets its latest commits when it is killed
    try {
      for (const name of CELLS) await createCell(its.plane, name)
      const began = performance.now()
      const { wrong, told } = await liveAtRandom(its, { seed, ...LIFE })
      for (const line of wrong) say(line)
      say(JSON.stringify(told.outcomes))
      return {
        figures: {
          contradictions: wrong.length,
          accepted: told.accepted,
          refused: told.refused,
          kills: told.killed.length,
          whole_s: (performance.now() - began) / 1000,
        },
        ratios: {},
        compared_with: 'a model of the tenants, told by the outcomes alone',
        runs: 1,
      }
    } finally {
      await its.remove()
    }
  },
}
