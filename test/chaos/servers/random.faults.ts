import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCell, testEstate, type TestEstate } from '../../support/estate.ts'
import { liveAtRandom } from '../support/random-life.ts'

/** Always the same wishes and kills; `STEWARD_SEED=… npm run test:faults` has others, or those of a run that failed. */
const seed = Number(process.env['STEWARD_SEED'] ?? 720_362)
const CELLS = ['random-1', 'random-2']

let its: TestEstate
beforeAll(async () => {
  its = await testEstate({ throwAway: false }) // a throw-away database forgets its latest commits when it is killed
  for (const name of CELLS) await createCell(its.plane, name)
})
afterAll(async () => its?.remove())

test('150 random operations on 30 tenants and their units with random kills end as the model says', async () => {
  console.log(`seed ${seed}: live it again with STEWARD_SEED=${seed}`)
  const life = { seed, operations: 150, tenants: 30, own: 4, kills: 12, cells: CELLS }
  const { wrong, told } = await liveAtRandom(its, life)
  console.log(JSON.stringify(told))
  expect({ seed, wrong }).toEqual({ seed, wrong: [] })
  expect(told.accepted).toBeGreaterThanOrEqual(150)
  expect(told.killed).toHaveLength(life.kills)
  expect(Object.keys(told.outcomes).map((outcome) => outcome.split(' ')[0])).toEqual(
    expect.arrayContaining(['tenant.provision', 'tenant.suspend', 'unit.deploy', 'unit.attest']),
  )
})
