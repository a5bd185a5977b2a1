import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import { askDaemon } from '../../../stacks/local/commands/daemon-client.ts'
import { startEstate } from '../../../stacks/local/estate.ts'
import type { NodePod } from '../../../stacks/local/node/pod-worker.ts'
import { signalTree } from '../../../stacks/process/proc.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { dumpEstate, type EstateDump } from '../../support/estate-dump.ts'
import { withOwnParts } from '../../support/own-parts.ts'
import { withClient } from '../../support/postgres.ts'
import { spare, type Spare } from '../support/spare-processes.ts'
import { makeNoise } from '../support/noise.ts'
import { type Disturbance, tellStory } from '../support/story.ts'

/** More than one of everything, and the loss of what carries everything: the story ends as it does undisturbed. */
let its: TestEstate
let undisturbed: EstateDump
const spares: Spare[] = []
beforeAll(async () => {
  its = await testEstate({ throwAway: false }) // a throw-away one gives up the last commits of a killed database for speed
  undisturbed = await end('quiet', async () => {})
})
afterAll(async () => {
  await Promise.all(spares.map((one) => one.stop()))
  await its?.remove()
})

async function end(prefix: string, disturb: Disturbance): Promise<EstateDump> {
  await tellStory(its, prefix, disturb)
  return dumpEstate(its.estate, prefix)
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

test('kill -9 of every product pod in every chapter: the node starts them again and the story goes on', async () => {
  const killed: number[] = []
  const dump = await end('mortal', async () => {
    const { pods } = (await (await askDaemon(its.estate.home, '/pods')).json()) as { pods: NodePod[] } // the daemon's own answer
    const pids = pods
      .filter(({ namespace }) => namespace.includes('mortal-cell'))
      .flatMap(({ containers }) => containers.flatMap(({ pid }) => (pid === null ? [] : [pid])))
    for (const pid of pids) await signalTree(pid, 'SIGKILL')
    killed.push(...pids)
  })
  expect(killed.length).toBeGreaterThan(0)
  expect(dump).toEqual(undisturbed)
})

test('two APIs with a relay each and three workers do every step of every operation as one does', async () => {
  spares.push(
    ...(await Promise.all([
      spare(its.estate, 'api', await freePort()),
      spare(its.estate, 'worker', await freePort()),
      spare(its.estate, 'worker', await freePort()),
    ])),
  )
  const others = await makeNoise(its, 'noise')
  for (const prefix of ['crowd-one', 'crowd-two', 'crowd-three']) {
    expect(await end(prefix, async () => {})).toEqual(undisturbed) // one by one: each looks for room in its own cell
  }
  expect(await others.stop()).toBeGreaterThan(20)
  const owner = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const twice = await withClient(owner, (client) =>
    client.query(
      `select operation_id, step from operation_steps where state = 'succeeded' group by 1, 2 having count(*) > 1`,
    ),
  )
  expect(twice.rows).toEqual([])
  expect(spares.map((one) => one.alive())).toEqual([true, true, true])
})

test('kill -9 of the daemon takes everything with it; started again, what was acknowledged is finished', async () => {
  await Promise.all(spares.splice(0).map((one) => one.stop()))
  let killed = 0
  const dump = await end('daemon', async (chapter) => {
    if (chapter !== 'provision') return
    process.kill(its.estate.pid, 'SIGKILL')
    await its.estate.exited
    killed++
    Object.assign(its.estate, await startEstate({ home: its.estate.home, env: withOwnParts() }))
  })
  expect(killed).toBe(1)
  expect(dump).toEqual(undisturbed)
})
