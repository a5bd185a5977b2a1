import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ACME, acmeRun, NAMES, type AcmeRun } from '../../support/acme-stack.ts'
import { startResourcesServer, type Makers, type ResourcesServer } from '../../support/resources-server.ts'
import { hasCode } from '../../../stacks/kubernetes/kubernetes.errors.ts'
import { withEnvironment } from '../../../stacks/process/proc.ts'
import { RUN_MARK, type StackOperation } from '../../../stacks/dedicated/runner/stack-run.ts'
import { folderStore } from '../../../stacks/dedicated/runner/state/folder-store.ts'

const RESOURCES = ['acme-backups', 'acme-cluster', 'acme-db', 'acme-key']
const MOMENTS = ['started', 'at work', 'finished']
/** Where a run is killed, each once. */
const EVERY = RESOURCES.flatMap((resource) => MOMENTS.map((moment) => `${moment} ${resource}`)).toSorted()
const RELEASE = { release: ['acme-key', 'acme-db'] }

let server: ResourcesServer
let folder: string
let run: AcmeRun
let hooks: Makers
/** Each resource as often as it was really made. */
let made: string[]
beforeAll(async () => {
  ;[hooks, made] = [{}, []]
  folder = await mkdtemp(join(tmpdir(), 'steward-runner-kills-'))
  server = await startResourcesServer(folder, {
    async prepare(name) {
      made.push(name)
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

/** Runs until it is killed at the first moment that no run was killed at before; what it began goes on at the target. */
async function untilKilled(operation: 'up' | 'destroy', past: Set<string>): Promise<boolean> {
  let pid = 0
  let killed = false
  const gate = Promise.withResolvers<void>()
  const kill = () => {
    killed = true
    process.kill(pid, 'SIGKILL')
  }
  /** Held until the runner is gone; of two that are worked on at once, both are when it is killed. */
  const atWork = async (name: string) => {
    if (past.has(`at work ${name}`)) return
    past.add(`at work ${name}`)
    if (!killed) kill()
    await gate.promise
  }
  /** What is told after the kill was told before it took effect. */
  const told = (moment: string) => {
    if (past.has(moment)) return
    past.add(moment)
    if (!killed) kill()
  }
  hooks = operation === 'up' ? { prepare: atWork } : { clear: atWork }
  const end = await run(operation, {
    ...RELEASE,
    onStart: (started) => (pid = started),
    onEvent: (event) => {
      if (event.type === 'step' && RESOURCES.includes(event.resource) && event.operation !== 'refresh')
        told(`${event.phase} ${event.resource}`)
    },
  }).catch((error: unknown) => error)
  gate.resolve()
  hooks = {}
  if (killed) expect(end).toMatchObject({ code: 'stack.runner-lost' })
  else if (hasCode(end, 'stack.interrupted')) await run('repair')
  else if (end instanceof Error) throw end
  else return false
  return true
}

/** What a worker does again and again: once more, and repair first where that is asked for. `past`: where it is not killed. */
async function killedEverywhere(operation: 'up' | 'destroy', past = new Set<string>()): Promise<string[]> {
  for (let left = 4 * EVERY.length; await untilKilled(operation, past); left--) expect(left).toBeGreaterThan(0)
  return [...past].toSorted()
}
const at = (...moments: readonly string[]) => EVERY.filter((one) => moments.some((moment) => one.startsWith(moment)))

test('a runner that is killed at every moment of every resource makes each once, and destroys all of it', async () => {
  const shown = async (operation: StackOperation) => (await run(operation)).plan?.steps
  const nothingLeft = async () => {
    expect(await server.names()).toEqual([])
    const { name } = folderStore(join(folder, 'state'), ACME)
    expect(await withEnvironment(RUN_MARK, name)).toEqual([])
  }
  expect(await killedEverywhere('up')).toEqual(EVERY)
  expect(await server.names()).toEqual(NAMES)
  expect(made.toSorted()).toEqual(RESOURCES)
  expect(await shown('preview')).toEqual([])
  expect(await shown('drift')).toEqual([])

  // what was told to end ends without the runner, so that not every one of its moments comes again
  const killed = await killedEverywhere('destroy')
  expect(killed).toEqual(expect.arrayContaining(at('at work')))
  expect(killed.some((one) => one.startsWith('started'))).toBe(true)
  await nothingLeft()

  await run('up')
  const known = at('started', 'at work')
  expect((await killedEverywhere('destroy', new Set(known))).length).toBeGreaterThan(known.length) // when one had ended
  await nothingLeft()
})
