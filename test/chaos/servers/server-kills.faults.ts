import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { dumpEstate, type EstateDump } from '../../support/estate-dump.ts'
import { freeze, kill, resume, status } from '../support/daemon.ts'
import { type Disturbance, tellStory } from '../support/story.ts'

/** Every server under the plane, and the plane itself, dies amid its work; the story ends as it does undisturbed. */
let its: TestEstate
let undisturbed: EstateDump
beforeAll(async () => {
  its = await testEstate({ throwAway: false }) // a throw-away one gives up the last commits of a killed database for speed
  undisturbed = await end('quiet', async () => {})
})
afterAll(async () => its?.remove())

async function end(prefix: string, disturb: Disturbance): Promise<EstateDump> {
  await tellStory(its, prefix, disturb)
  return dumpEstate(its.estate, prefix)
}

test('what is compared sees rows, databases, objects, routes and processes', () => {
  expect(undisturbed.rows).toEqual(
    expect.arrayContaining([
      expect.stringContaining('"state":"decommissioned"'),
      expect.stringContaining('operation {"kind":"cell.create"'),
    ]),
  )
  expect(undisturbed.databases).toContain('database cell_<p>_cell')
  expect(undisturbed.objects).toEqual(
    expect.arrayContaining([expect.stringMatching(/^HTTPRoute cell-<p>-cell\/tenant-<p>-a /)]),
  )
  expect(undisturbed.routes).toEqual(expect.arrayContaining([expect.stringContaining('<p>-b.')]))
  expect(undisturbed.processes).toEqual(['pod cell-<p>-cell/ledger-<made>', 'pod cell-<p>-cell/ledger-<made>'])
})

/** Long enough that the first steps have begun, short enough that the last have not ended. */
const INTO_MS = [0, 60, 20, 60]

describe.each([
  'plane-db',
  'products-db',
  'temporal',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'api',
  'worker',
])('kill -9 of %s in every chapter', (server) => {
  test('changes nothing about the end', async () => {
    const before = (await status(its.estate, server)).restarts
    let chapter = 0
    const dump = await end(`k-${server}`, async () => {
      await pause(INTO_MS[chapter++] ?? 0)
      await kill(its.estate, server)
    })
    expect(dump).toEqual(undisturbed)
    expect((await status(its.estate, server)).restarts).toBeGreaterThanOrEqual(before + chapter)
  })
})

test('everything that was acknowledged while Temporal hung is performed once it is back, although the API died meanwhile', async () => {
  await freeze(its.estate, 'temporal')
  const told = end('hung', async (chapter) => {
    if (chapter !== 'cell') return
    await kill(its.estate, 'api') // committed and answered; nothing of it can have reached Temporal
    await resume(its.estate, 'temporal')
  })
  expect(await told).toEqual(undisturbed)
})
