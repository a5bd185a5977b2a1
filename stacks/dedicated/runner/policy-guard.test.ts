import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { INPUTS, registeredStack, TARGET } from '../../../test/support/registered-stack.ts'
import { HOLES } from '../policy/holes.fixture.ts'
import { UNKNOWN, type RegisteredResource } from '../policy/registered.ts'
import type { Engine } from './engine.ts'
import { operate } from './operations.ts'
import type { Run } from './run.ts'
import type { StackOperation } from './stack-run.ts'
import { folderStore } from './state/folder-store.ts'

/** What the program registers, told as the engine tells it; the engine itself needs an account. */
let whole: RegisteredResource[]
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'policy-guard-'))
  whole = (await registeredStack()).resources
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

let made: string[]
beforeEach(() => {
  made = []
})

const eventOf = ({ urn, type, inputs, protect, id = '' }: RegisteredResource, sequence: number): EngineEvent => {
  const state = {
    urn,
    type,
    inputs,
    protect,
    id,
    custom: true,
    delete: false,
    parent: '',
    outputs: {},
    provider: '',
  }
  return {
    sequence,
    timestamp: 0,
    resourcePreEvent: { metadata: { op: 'create', urn, type, provider: '', new: state } },
  }
}
type Told = { onEvent?: (event: EngineEvent) => void } | undefined
/** Announces these resources in a preview, and notes what it is told to do. */
function engineOf(resources: readonly RegisteredResource[]): Engine {
  const tell = async (options: Told) => resources.forEach((one, n) => options?.onEvent?.(eventOf(one, n)))
  const act = (name: string) => async (options: Told) => {
    made.push(name)
    await tell(options)
  }
  const stack = { preview: tell, previewRefresh: tell, up: act('up'), refresh: act('refresh'), destroy: act('destroy') }
  return {
    folder,
    stack: stack as unknown as Engine['stack'],
    command: async ([name = '']) => void made.push(name),
    close: async () => {},
  }
}
const run = (operation: StackOperation, resources: readonly RegisteredResource[], leaving = false) => {
  const asked: Run = {
    request: {
      operation,
      stack: 'acme',
      epoch: 1,
      program: { target: 'aws', inputs: INPUTS, settings: { target: TARGET, leaving } },
      access: null,
      stateFolder: folder,
      passphraseFile: '',
      pulumi: '',
    },
    store: folderStore(folder, 'acme'),
    engine: engineOf(resources),
    tell: () => undefined,
    signal: new AbortController().signal,
  }
  return operate(asked)
}

/** As a preview shows them: ids are not there yet, and neither are the inputs that come from them. */
function early(resources: readonly RegisteredResource[]): RegisteredResource[] {
  const ids = new Set(resources.map(({ id }) => id))
  const hidden = (value: unknown): unknown => {
    if (typeof value === 'string') return ids.has(value) ? UNKNOWN : value
    if (Array.isArray(value)) return value.map(hidden)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hidden(part)]))
  }
  return resources.map(({ id: _id, ...one }) => ({
    ...one,
    inputs: hidden(one.inputs) as RegisteredResource['inputs'],
  }))
}

test('what the program would register before anything of it exists breaks no rule', async () => {
  await run('up', early(whole))
  expect(made).toEqual(['up'])
})

test('the real program is previewed and brought up', async () => {
  const { plan } = await run('preview', whole)
  expect(plan?.steps).toHaveLength(whole.filter(({ type }) => !type.startsWith('pulumi:')).length)
  await run('up', whole)
  expect(made).toEqual(['up'])
})

const PLANTED = HOLES.filter(
  ({ kind, inputs, added }) => inputs !== undefined && added === undefined && kind !== undefined,
)
test.each(PLANTED.slice(0, 12))(
  'with a hole nothing is planned, made or repaired: $what',
  async ({ rule, kind, where = () => true, inputs }) => {
    const target = whole.find((each) => each.type === kind && where(each.inputs))
    if (!target) throw new Error(`there is no ${kind} to make a hole in`)
    const open = whole.map((each) =>
      each === target ? { ...each, inputs: { ...each.inputs, ...inputs?.(each.inputs) } } : each,
    )
    for (const operation of ['preview', 'up', 'reconcile'] as const)
      await expect(run(operation, open)).rejects.toMatchObject({
        code: 'stack.policy-violated',
        detail: expect.stringContaining(rule) as string,
      })
    expect(made).toEqual([])
  },
)

test('guards are let go only where that was asked for', async () => {
  const leaving = (await registeredStack(INPUTS, TARGET, true)).resources
  await expect(run('up', leaving)).rejects.toMatchObject({ code: 'stack.policy-violated' })
  expect(made).toEqual([])
  await run('up', leaving, true)
  expect(made).toEqual(['up'])
})
