import { expect, test } from 'vitest'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { sharedWaits } from './shared-waits.ts'

type Round = { revision: number; signal: AbortSignal; end: (error?: unknown) => void }

/** Rounds that end when the test says so. */
function rounds(options?: { rest: number }) {
  const begun: Round[] = []
  const wait = sharedWaits(
    ({ revision }: { revision: number }, { signal }: Link) =>
      new Promise<void>((resolve, reject) => {
        begun.push({ revision, signal, end: (error) => (error === undefined ? resolve() : reject(error)) })
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
    options,
  )
  return { begun, wait: (revision: number, signal = new AbortController().signal) => wait({ revision }, { signal }) }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('who comes during a round shares the next one, which waits for the highest revision', async () => {
  const { begun, wait } = rounds()
  const first = wait(1)
  const others = [wait(2), wait(5), wait(3)]
  expect(begun.map(({ revision }) => revision)).toEqual([1])
  begun[0]?.end()
  await first
  await settled()
  expect(begun.map(({ revision }) => revision)).toEqual([1, 5])
  begun[1]?.end()
  await Promise.all(others)
})

test('a fault reaches everyone of its round, and the next waiter starts anew', async () => {
  const { begun, wait } = rounds()
  const failing = wait(1)
  begun[0]?.end(new Error('no pods'))
  await expect(failing).rejects.toThrow('no pods')
  await settled()
  const next = wait(2)
  begun[1]?.end()
  await next
})

test('one that is told to stop leaves the others waiting; the last one ends the round', async () => {
  const { begun, wait } = rounds()
  const [a, b] = [new AbortController(), new AbortController()]
  const first = wait(1, a.signal)
  begun[0]?.end()
  await first
  await settled()
  const [x, y] = [wait(2, a.signal), wait(2, b.signal)]
  a.abort(new Error('cancelled'))
  await expect(x).rejects.toThrow('cancelled')
  expect(begun[1]?.signal.aborted).toBe(false)
  b.abort(new Error('cancelled too'))
  await expect(y).rejects.toThrow('cancelled too')
  expect(begun[1]?.signal.aborted).toBe(true)
  await settled()
  const next = wait(3)
  begun[2]?.end()
  await next
})

test('a signal that is aborted already starts nothing', async () => {
  const { begun, wait } = rounds()
  await expect(wait(1, AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
  expect(begun).toEqual([])
})

test('with a rest the next round begins later and takes along whoever came meanwhile; one that comes after it waits for nothing', async () => {
  const { begun, wait } = rounds({ rest: 10 })
  const first = wait(1)
  await new Promise((resolve) => setTimeout(resolve, 10))
  begun[0]?.end()
  await first
  await settled()
  const leaving = new AbortController()
  const others = [wait(2), wait(3)]
  const left = wait(9, leaving.signal)
  leaving.abort(new Error('cancelled'))
  await expect(left).rejects.toThrow('cancelled')
  expect(begun).toHaveLength(1)
  await expect.poll(() => begun.map(({ revision }) => revision)).toEqual([1, 3])
  begun[1]?.end()
  await Promise.all(others)
  await new Promise((resolve) => setTimeout(resolve, 1100)) // longer than any rest
  const alone = wait(4)
  expect(begun.map(({ revision }) => revision)).toEqual([1, 3, 4])
  begun[2]?.end()
  await alone
})
