import { expect, test } from 'vitest'
import { createConnectionShares } from './connection-shares.ts'

const shares = (waitMs = 60_000) =>
  createConnectionShares({ each: 2, waitMs, refused: () => new Error('its own requests hold them all') })
/** Work that goes on until it is told to end. */
function held() {
  const { promise, resolve } = Promise.withResolvers<string>()
  let begun = false
  const work = () => {
    begun = true
    return promise
  }
  return { work, end: resolve, begun: () => begun }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('one tenant has at most its share at work, in the order of asking; another is not held up', async () => {
  const { within } = shares()
  const works = [held(), held(), held(), held()]
  const done = works.map(({ work }) => within('noisy', work))
  await settle()
  expect(works.map(({ begun }) => begun())).toEqual([true, true, false, false])
  expect(await within('quiet', async () => 'served')).toBe('served')
  works[1]?.end('second')
  await settle()
  expect(works.map(({ begun }) => begun())).toEqual([true, true, true, false])
  for (const { end } of works) end('done')
  expect(await Promise.all(done)).toEqual(['done', 'second', 'done', 'done'])
})

test('work that fails gives its place on', async () => {
  const { within } = shares()
  const failing = Array.from({ length: 5 }, () => within('clumsy', () => Promise.reject(new Error('broken'))))
  const outcomes = await Promise.allSettled(failing)
  expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'))
  expect(await within('clumsy', async () => 'served')).toBe('served')
})

test('whoever waits too long is refused without having begun, and takes no place of those who go on waiting', async () => {
  const { within } = shares(30)
  const [first, second, late] = [held(), held(), held()]
  const busy = [within('slow', first.work), within('slow', second.work)]
  await expect(within('slow', late.work)).rejects.toThrow('its own requests hold them all')
  expect(late.begun()).toBe(false)
  first.end('done')
  second.end('done')
  await Promise.all(busy)
  const [again, once] = [held(), held()]
  const both = [within('slow', again.work), within('slow', once.work)]
  await settle()
  expect([again.begun(), once.begun()]).toEqual([true, true])
  again.end('done')
  once.end('done')
  expect(await Promise.all(both)).toEqual(['done', 'done'])
})
