import { mkdirSync, rmdirSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { stateStoreSuite } from '../../../../test/support/state-store-suite.ts'
import { folderStore } from './folder-store.ts'
import { placeOf, raiseFence, readFence } from './state-store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-state-'))
  return () => rm(folder, { recursive: true, force: true })
})

/** A folder in which nobody may write, not even root. */
function refusing(): string | undefined {
  const probe = '/sys/steward-probe'
  try {
    mkdirSync(probe)
    rmdirSync(probe)
    return undefined
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '') ? '/sys' : undefined
  }
}

stateStoreSuite({
  open: (stack) => folderStore(folder, stack),
  async put(place, text) {
    const path = join(folder, place)
    await mkdir(dirname(path), { recursive: true })
    await (text === null ? rm(path) : writeFile(path, text))
  },
  get: (place) => readFile(join(folder, place), 'utf8').catch(() => undefined),
  refused() {
    const at = refusing()
    return at === undefined ? undefined : folderStore(at, 'acme')
  },
  away: () => folderStore('/dev/null', 'acme'),
})

test('everything lies where estates have had it from the beginning', () => {
  const store = folderStore('/var/lib/steward/stacks', 'acme')
  expect(store.backend).toBe('file:///var/lib/steward/stacks')
  const places = (['state', 'good', 'fence', 'begun', 'preview', 'unfinished'] as const).map(store.address)
  expect(places).toEqual([
    '/var/lib/steward/stacks/.pulumi/stacks/steward/acme.json',
    '/var/lib/steward/stacks/good/acme.json',
    '/var/lib/steward/stacks/fences/acme.json',
    '/var/lib/steward/stacks/begun/acme.json',
    '/var/lib/steward/stacks/previews/acme.json',
    '/var/lib/steward/stacks/unfinished/acme.json',
  ])
  expect(store.name).toBe(`/var/lib/steward/stacks/${placeOf('state', 'acme')}`)
})

test('of many that raise a fence at once the highest stays', async () => {
  const epochs = [3, 1, 7, 5, 2, 6, 4]
  const raised = await Promise.all(epochs.map((epoch) => raiseFence(folderStore(folder, 'acme'), epoch)))
  expect(raised.every((seen, at) => seen >= (epochs[at] ?? 0))).toBe(true)
  expect((await readFence(folderStore(folder, 'acme'))).epoch).toBe(7)
})
