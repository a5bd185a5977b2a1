import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { homePaths } from '../home.ts'
import { nodeHomes } from './node-homes.ts'
import { candidates, claimPodRange } from './pod-range.ts'

test('addresses that another node of the estate remembers are left to it, also while it does not run', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-range-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const paths = homePaths(folder)
  const own = join(paths.resources, 'kubernetes-cluster', 'acme', 'node')
  const other = join(paths.resources, 'kubernetes-cluster', 'initech', 'node')
  for (const home of [paths.node, own, other]) await mkdir(home, { recursive: true })
  const [first = 0, second = 0] = candidates(own, Number.NaN)
  await writeFile(join(paths.node, 'pod-range'), `${first}\n`)
  await writeFile(join(other, 'pod-range'), `${second}\n`)
  expect((await nodeHomes(paths)).toSorted()).toEqual([paths.node, own, other].toSorted())
  const { third, lock } = await claimPodRange(own, await nodeHomes(paths))
  expect([first, second]).not.toContain(third)
  await lock.release()
  const again = await claimPodRange(own, await nodeHomes(paths)) // what it remembers itself stays its own
  expect(again.third).toBe(third)
  await again.lock.release()
})
