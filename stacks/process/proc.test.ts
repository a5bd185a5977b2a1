import { expect, test } from 'vitest'
import { identify, isRunning, parseStat } from './proc.ts'

test('a command name with spaces and brackets does not shift the fields of a process', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3))
  const stat = `42 (a) b (c)) ${['S', '7', ...fields.slice(2)].join(' ')}`
  expect(parseStat(stat)).toEqual({ state: 'S', parent: 7, threads: 20, startTime: '22' })
})

test('this process is itself, and not one of the same pid that started at another time', () => {
  const own = identify(process.pid)
  expect(own && isRunning(own)).toBe(true)
  expect(isRunning({ pid: process.pid, startTime: '1' })).toBe(false)
  expect(identify(2 ** 30)).toBeUndefined()
})
