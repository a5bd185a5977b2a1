import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths, openHome } from '../home.ts'
import { writeResource } from '../resources/resource-record.ts'
import { takeBackup } from './take-backup.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'steward-refused-'))
  await openHome({ home, portBase: 23_400, throwAway: true })
})
afterAll(() => rm(home, { recursive: true, force: true }))

test('an estate with stacks is not backed up: each of their parts is named, and no file begun', async () => {
  const parts = [
    ['key', 'acme-key'],
    ['postgres-cluster', 'acme-db'],
  ] as const
  for (const [kind, name] of parts)
    await writeResource(homePaths(home).resources, {
      layout: 1,
      kind,
      name,
      inputs: {},
      ports: {},
      deleting: false,
      createdAt: '2026-11-28T00:00:00Z',
    })
  const file = path.join(home, 'estate.backup')
  const taking = takeBackup({ home, file, env: {}, signal: AbortSignal.timeout(30_000) })
  await expect(taking).rejects.toMatchObject({
    code: 'backup.incomplete',
    detail: expect.stringMatching(/key acme-key.*postgres-cluster acme-db/),
  })
  expect(await readdir(home)).not.toContain('estate.backup')
})
