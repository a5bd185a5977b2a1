import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { liveAtRandom } from './support/random-life.ts'

/** The seed of a run that failed, to live it again: `STEWARD_SEED=… npm run test:faults`. */
const seed = Number(process.env['STEWARD_SEED'] ?? Math.floor(Math.random() * 1_000_000))

let its: TestEstate
beforeAll(async () => {
  its = await testEstate({ throwAway: false }) // a throw-away database forgets its latest commits when it is killed
  for (const name of ['random-1', 'random-2']) await createCell(its.plane, name)
})
afterAll(async () => its?.remove())

test('150 random operations on 30 tenants with random kills end as the model says', async () => {
  console.log(`seed ${seed}`)
  const { wrong, told } = await liveAtRandom(its, { seed, operations: 150, tenants: 30, kills: 8 })
  console.log(JSON.stringify(told))
  expect({ seed, wrong }).toEqual({ seed, wrong: [] })
  expect(told.accepted).toBeGreaterThanOrEqual(150)
  expect(told.killed.length).toBeGreaterThan(2)
})
