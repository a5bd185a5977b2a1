import { expect, test } from 'vitest'
import { clusterProblems } from './kubernetes.errors.ts'
import { unlinked } from './link.ts'
import { untilSwapped } from './until-swapped.ts'

const conflict = () => clusterProblems['cluster.conflict']({ detail: 'somebody was quicker' })

test('is done again as long as somebody else was quicker', async () => {
  let attempts = 0
  const work = async () => {
    attempts += 1
    if (attempts < 3) throw conflict()
    return 'written'
  }
  expect(await untilSwapped(work, unlinked)).toBe('written')
  expect(attempts).toBe(3)
})

test('what is no conflict is thrown at once, and a signal ends the attempts', async () => {
  await expect(untilSwapped(() => Promise.reject(new Error('no')), unlinked)).rejects.toThrow('no')
  const stop = new AbortController()
  const told = new Error('enough')
  const work = async () => {
    stop.abort(told)
    throw conflict()
  }
  await expect(untilSwapped(work, { signal: stop.signal })).rejects.toBe(told)
})
