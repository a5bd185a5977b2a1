import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACME, acmeRun, NAMES, type AcmeRun } from '../../../test/support/acme-stack.ts'
import { startResourcesServer, type Makers, type ResourcesServer } from '../../../test/support/resources-server.ts'
import { hasCode } from '../../kubernetes/kubernetes.errors.ts'
import { waitUntilGone, withEnvironment } from '../../local/process/proc.ts'
import { RUN_MARK, type StackOperation } from './stack-run.ts'
import { statePaths } from './state-files.ts'

const RESOURCES = ['acme-key', 'acme-db', 'acme-cluster', 'acme-backups']
const RELEASE = { release: ['acme-key', 'acme-db'] }

let server: ResourcesServer
let folder: string
let run: AcmeRun
let hooks: Makers
/** How often each resource was really made. */
let made: Map<string, number>
beforeAll(async () => {
  hooks = {}
  made = new Map()
  folder = await mkdtemp(join(tmpdir(), 'steward-runner-kills-'))
  server = await startResourcesServer(folder, {
    async prepare(name) {
      made.set(name, (made.get(name) ?? 0) + 1)
      await hooks.prepare?.(name)
    },
    clear: async (name) => hooks.clear?.(name),
  })
  run = await acmeRun(folder, server.access)
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs until the runner was killed at that moment of a resource; `during` is while the target is at work on it. */
async function killedAt(operation: 'up' | 'destroy', moment: 'before' | 'during' | 'after', resource: string) {
  let pid = 0
  let kills = 0
  const kill = () => {
    kills++
    process.kill(pid, 'SIGKILL')
  }
  const gate = Promise.withResolvers<void>()
  const hold = async (name: string) => {
    if (name !== resource || moment !== 'during' || kills > 0) return
    kill()
    await gate.promise
  }
  hooks = operation === 'up' ? { prepare: hold } : { clear: hold }
  const phase = moment === 'before' ? 'started' : moment === 'after' ? 'finished' : undefined
  const ended = await run(operation, {
    ...RELEASE,
    onStart: (started) => (pid = started),
    onEvent: (event) => {
      if (event.type === 'step' && event.resource === resource && event.phase === phase && kills === 0) kill()
    },
  }).catch((error: unknown) => error)
  gate.resolve()
  hooks = {}
  expect(kills).toBe(1)
  expect(ended).toMatchObject({ code: 'stack.runner-lost' })
}

/** What a worker does: again, and repair first where it is asked for. */
async function finish(operation: StackOperation) {
  try {
    return await run(operation, RELEASE)
  } catch (error) {
    if (!hasCode(error, 'stack.interrupted')) throw error
    await run('repair')
    return run(operation, RELEASE)
  }
}

for (const resource of RESOURCES) {
  for (const moment of ['before', 'during', 'after'] as const) {
    test(`a runner killed ${moment} ${resource} is made or destroyed changes nothing in the end`, async () => {
      made.clear()
      await killedAt('up', moment, resource)
      expect(await finish('up')).toMatchObject({ resources: NAMES.length })
      expect(await server.names()).toEqual(NAMES)
      expect([...made.entries()].toSorted()).toEqual(RESOURCES.toSorted().map((name) => [name, 1])) // none twice
      expect((await run('preview')).plan?.steps).toEqual([])

      await killedAt('destroy', moment, resource)
      expect(await finish('destroy')).toMatchObject({ resources: 0 })
      expect(await server.names()).toEqual([])
      const { state } = statePaths(join(folder, 'state'), ACME)
      expect(await withEnvironment(RUN_MARK, state)).toEqual([])
    })
  }
}

test('what was begun and never finished is destroyed, too', async () => {
  await killedAt('up', 'during', 'acme-cluster')
  await run('repair')
  expect(await run('destroy', RELEASE)).toMatchObject({ resources: 0 })
  expect(await server.names()).toEqual([])
})

test('a runner whose parent is killed ends with everything that it started, and the next one finishes', async () => {
  const gate = Promise.withResolvers<void>()
  const atWork = Promise.withResolvers<void>()
  hooks = {
    async prepare(name) {
      if (name !== 'acme-cluster') return
      atWork.resolve()
      await gate.promise
    },
  }
  const helper = new URL('../../../test/support/acme-stack.ts', import.meta.url).href
  const program = `
    import { acmeRun } from ${JSON.stringify(helper)}
    const run = await acmeRun(${JSON.stringify(folder)}, ${JSON.stringify(server.access)})
    await run('up')`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
  await atWork.promise
  parent.kill('SIGKILL')
  const { state } = statePaths(join(folder, 'state'), ACME)
  const left = await withEnvironment(RUN_MARK, state)
  expect(left.length).toBeGreaterThan(0)
  expect(await waitUntilGone(left, 60_000)).toBe(true)
  gate.resolve()
  hooks = {}
  expect(await finish('up')).toMatchObject({ resources: NAMES.length })
  await run('destroy', RELEASE)
})
