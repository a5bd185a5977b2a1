import { expect, test } from 'vitest'
import { keepGoodCopy, readState } from '../../stacks/dedicated/runner/deployment.ts'
import {
  engineLocksOf,
  placeOf,
  raiseFence,
  readFence,
  type StateStore,
} from '../../stacks/dedicated/runner/state/state-store.ts'

export type StateStoreRig = {
  /** The store of a stack, as one runner opens it; each call is another runner's. */
  open: (stack: string) => StateStore
  /** What lies there by its place, past the store; null: nothing does any more. */
  put: (place: string, text: string | null) => Promise<void>
  get: (place: string) => Promise<string | undefined>
  /** Stores that may write nothing, and that do not answer; undefined where this machine has none such. */
  refused: () => StateStore | undefined
  away: () => StateStore
}

const RESOURCE = { urn: 'urn:pulumi:acme::steward::steward:local:Key::acme-key', type: 'steward:local:Key' }
export const stateTextOf = (latest: unknown): string =>
  JSON.stringify({ version: 3, checkpoint: { stack: 'acme', latest } })
const STATE = placeOf('state', 'acme')
const GOOD = placeOf('good', 'acme')

/** What keeping states promises, wherever they are kept. */
export function stateStoreSuite(rig: StateStoreRig): void {
  test('what was written is read by the next runner, under its stack alone; what was removed is gone', async () => {
    const store = rig.open('acme')
    expect(await store.read('begun')).toBeUndefined()
    await store.write('begun', 'x')
    await store.write('begun', 'y')
    await rig.open('globex').write('begun', 'z')
    expect((await rig.open('acme').read('begun'))?.text).toBe('y')
    expect(await rig.get('begun/acme.json')).toBe('y')
    for (const _ of ['once', 'again']) await store.remove('begun')
    expect(await store.read('begun')).toBeUndefined()
    expect((await rig.open('globex').read('begun'))?.text).toBe('z')
  })

  test('of two that write over the same one does, and is told so again when it repeats itself', async () => {
    const [one, other] = [rig.open('acme'), rig.open('acme')]
    const first = await one.swap('begun', 'first', undefined)
    expect(first).toBeDefined()
    expect(await other.swap('begun', 'other', undefined)).toBeUndefined()
    expect(await other.swap('begun', 'other', 'no-such-version')).toBeUndefined()
    expect(await one.swap('begun', 'first', undefined)).toBe(first)
    expect(await other.swap('begun', 'second', first)).toBeDefined()
    expect(await one.swap('begun', 'third', first)).toBeUndefined()
    expect((await one.read('begun'))?.text).toBe('second')
    await one.remove('begun')
    expect(await other.swap('begun', 'third', first)).toBeUndefined() // nothing is there to write over
  })

  test('a fence only rises', async () => {
    expect((await readFence(rig.open('acme'))).epoch).toBe(0)
    for (const epoch of [3, 1, 7, 5]) await raiseFence(rig.open('acme'), epoch)
    expect(await raiseFence(rig.open('acme'), 6)).toBe(7)
    expect(await raiseFence(rig.open('acme'), 7)).toBe(7)
    expect(await raiseFence(rig.open('acme'), 8)).toBe(8)
    expect(JSON.parse((await rig.get('fences/acme.json')) ?? '')).toEqual({ epoch: 8 })
    await rig.put('fences/acme.json', '{"epo')
    const store = rig.open('acme')
    await expect(raiseFence(store, 9)).rejects.toMatchObject({
      code: 'state.corrupt',
      detail: expect.stringContaining(store.address('fence')),
    })
    expect(await rig.get('fences/acme.json')).toBe('{"epo')
  })

  test('no state is no error, and neither is one without resources', async () => {
    expect(await readState(rig.open('acme'))).toBeUndefined()
    await keepGoodCopy(rig.open('acme'))
    expect(await rig.get(GOOD)).toBeUndefined()
    await rig.put(STATE, stateTextOf(undefined))
    expect(await readState(rig.open('acme'))).toEqual({})
  })

  test.each([
    ['cut off', stateTextOf({ resources: [RESOURCE] }).slice(0, 60)],
    ['empty', ''],
    ['of another kind', '{"version":3}'],
    ['without its list', stateTextOf({ resources: 'none' })],
  ])('a state that is %s is named, stays as it is, and does not replace the good copy', async (_how, text) => {
    const store = rig.open('acme')
    const [state, goodCopy] = [store.address('state'), store.address('good')]
    await rig.put(STATE, text)
    await expect(readState(store)).rejects.toMatchObject({
      code: 'state.corrupt',
      detail: `${state} cannot be read; there is no copy of it`,
    })
    const good = stateTextOf({ resources: [RESOURCE] })
    await rig.put(STATE, good)
    await keepGoodCopy(store)
    await rig.put(STATE, text)
    await keepGoodCopy(store)
    await expect(readState(store)).rejects.toMatchObject({
      code: 'state.corrupt',
      detail: expect.stringContaining(state),
      extra: { state, goodCopy },
    })
    expect(await rig.get(STATE)).toBe(text)
    expect(await rig.get(GOOD)).toBe(good)
  })

  test('locks that the engine left are seen, and those of another stack are not', async () => {
    const store = rig.open('acme')
    expect(await store.hasEngineLocks()).toBe(false)
    await rig.put(`${engineLocksOf('acme-2')}/1.json`, '{}')
    expect(await store.hasEngineLocks()).toBe(false)
    await rig.put(`${engineLocksOf('acme')}/1.json`, '{}')
    expect(await store.hasEngineLocks()).toBe(true)
    await rig.put(`${engineLocksOf('acme')}/1.json`, null)
    expect(await store.hasEngineLocks()).toBe(false)
  })

  test('a store that does not answer may be asked again, one that refuses may not', async ({ skip }) => {
    const away = rig.away()
    const calls = [
      () => away.read('state'),
      () => away.write('good', 'x'),
      () => away.swap('fence', 'x', undefined),
      () => away.remove('begun'),
      () => away.hasEngineLocks(),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'state.unreachable', retryable: true })
    const refused = rig.refused()
    if (!refused) skip('nothing on this machine refuses this account')
    await expect(refused?.write('good', 'x')).rejects.toMatchObject({ code: 'state.refused', retryable: false })
  })

  test('the name, the address and what the engine is told are the same for every runner, and tell stacks apart', () => {
    const [one, same, other] = [rig.open('acme'), rig.open('acme'), rig.open('globex')]
    expect([same.name, same.backend, same.address('good')]).toEqual([one.name, one.backend, one.address('good')])
    expect(other.name).not.toBe(one.name)
    expect(other.backend).toBe(one.backend)
  })
}
