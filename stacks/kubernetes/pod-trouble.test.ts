import { expect, test } from 'vitest'
import { judgeJob } from './jobs.ts'
import { tail, troubleOf } from './pod-trouble.ts'
import { scrub } from './scrub.ts'

test('a pod says in short sentences what keeps it from serving, without credentials', () => {
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' }
  const terminated = { exitCode: 1, message: 'cannot reach postgres://app:hush@127.0.0.1/x' }
  const ledger = { name: 'ledger', ready: false, state: { waiting }, lastState: { terminated } }
  expect(troubleOf({ metadata: { name: 'a' }, status: { containerStatuses: [ledger] } })).toEqual([
    'pod a: ledger CrashLoopBackOff: back-off',
    'pod a: ledger ended with 1: cannot reach postgres://[redacted]@127.0.0.1/x',
  ])
  const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }
  expect(troubleOf({ metadata: { name: 'b' }, status: { conditions: [unscheduled] } })).toEqual([
    'pod b: not scheduled: 0/1 nodes are available',
  ])
  const fine = { name: 'ledger', ready: true, state: { running: {} } }
  expect(troubleOf({ metadata: { name: 'c' }, status: { containerStatuses: [fine] } })).toEqual([])
  expect(troubleOf({ metadata: { name: 'd' } })).toEqual([])
})

test('credentials are taken out of what programs say, and nothing else', () => {
  expect(scrub('postgresql://o:p%40ss@h/db password=abc; "token": "xyz" at https://h/path')).toBe(
    'postgresql://[redacted]@h/db password=[redacted]; "token": "[redacted]" at https://h/path',
  )
  expect(scrub('mail me@example.com about passwords')).toBe('mail me@example.com about passwords')
})

test('only the last words are kept', () => {
  const lines = Array.from({ length: 50 }, (_, n) => `line ${n}`)
  expect(tail(lines.join('\n')).split('\n')).toEqual(lines.slice(-20))
  expect(tail('x'.repeat(9000))).toHaveLength(2000)
})

test('a Job has ended when a condition says so', () => {
  const met = (type: string, status = 'True') => ({ conditions: [{ type, status, message: 'why' }] })
  expect(judgeJob(met('Complete'))).toEqual({ ok: true })
  expect(judgeJob(met('FailureTarget'))).toEqual({ ok: false, message: 'why' })
  for (const status of [undefined, {}, met('Complete', 'False'), met('Suspended')])
    expect(judgeJob(status)).toBeUndefined()
})
