import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startResourcesServer, type ResourcesServer } from '../../../test/support/resources-server.ts'
import { withEnvironment } from '../../local/process/proc.ts'
import { ACME, acmeRun, NAMES, type AcmeRun } from '../../../test/support/acme-stack.ts'
import { RUN_MARK } from './stack-run.ts'
import { statePaths } from './state-files.ts'

let server: ResourcesServer
let folder: string
let run: AcmeRun
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-runner-'))
  server = await startResourcesServer(folder)
  run = await acmeRun(folder, server.access)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})
/** The most that a process has had in memory; 0 when it is gone. */
function peakKilobytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
const paths = () => statePaths(join(folder, 'state'), ACME)

test('before anything was made only a preview says something, and what is missing is said by name', async () => {
  for (const operation of ['refresh', 'destroy', 'repair', 'drift'] as const)
    await expect(run(operation)).rejects.toMatchObject({ code: 'state.unknown' })
  await expect(run('preview', { pulumi: '/nonexistent/pulumi' })).rejects.toMatchObject({ code: 'pulumi.missing' })
  await expect(run('preview', { passphraseFile: join(folder, 'none') })).rejects.toMatchObject({
    code: 'stack.settings-invalid',
  })
  const { plan, outputs } = await run('preview')
  expect(plan?.steps.map(({ resource, operation, protected: kept }) => [resource, operation, kept])).toEqual([
    ['acme-backups', 'create', false],
    ['acme-key', 'create', true],
    ['acme-cluster', 'create', false],
    ['acme-db', 'create', true],
    ['acme', 'create', false],
  ])
  expect(outputs).toBeNull()
  expect(await server.names()).toEqual([])
})

test('a stack is made as it was previewed, step by step, below the memory it may take; made again it stays as it is', async () => {
  const { plan } = await run('preview')
  const steps: string[] = []
  let peak = 0
  let pid = 0
  const made = await run('up', {
    planHash: plan?.hash ?? '',
    onStart: (started) => (pid = started),
    onEvent: (event) => {
      if (event.type === 'step') steps.push(`${event.phase} ${event.resource}`)
      peak = Math.max(peak, peakKilobytes(pid))
    },
  })
  expect(await server.names()).toEqual(NAMES)
  for (const name of ['acme-key', 'acme-db', 'acme-cluster', 'acme-backups'])
    expect(steps.filter((step) => step.endsWith(` ${name}`))).toEqual(expect.arrayContaining([`finished ${name}`]))
  expect(made).toMatchObject({ resources: 4, outputs: { key: '/resources/key/acme-key/data-key' } })
  expect(peak).toBeGreaterThan(0)
  expect(peak).toBeLessThan(300 * 1024) // kilobytes, the runner alone
  expect((await run('preview')).plan).toMatchObject({ steps: [], serial: made.serial })
  expect((await run('up')).serial).toBe(made.serial)
})

test('the state holds no secret, and nothing of a run is left', async () => {
  const text = await readFile(paths().state, 'utf8')
  expect(text).not.toContain('the-token')
  expect(text).not.toContain('secret words')
  expect(text).toContain('"type": "passphrase"')
  expect(await readdir(join(folder, 'state', 'runs'))).toEqual([])
  expect(await withEnvironment(RUN_MARK, paths().state)).toEqual([])
})
