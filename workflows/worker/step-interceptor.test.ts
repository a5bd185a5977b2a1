import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
import { BEAT_MS, type StepRecorder, stepInterceptor } from './step-interceptor.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Keeps its promises as the real one does: there is no lease to renew before an attempt was recorded. */
function slowRecorder() {
  const recorded = Promise.withResolvers<void>()
  let known = false
  let beats = 0
  const recorder: StepRecorder = {
    async stepStarted() {
      await recorded.promise
      known = true
    },
    async stepBeat() {
      beats++
      if (!known) throw new Problem('operation.settled', { status: 409, retryable: false, title: 'It ended' })
    },
    async stepFinished() {},
  }
  return { recorder, answer: recorded.resolve, beats: () => beats }
}

const perform = (recorder: StepRecorder, effect: () => Promise<unknown>) => {
  const log = { info: () => {}, warn: () => {} }
  const { inbound } = stepInterceptor({ recorder, log })(undefined as never) // it reads its context from the running activity
  const input = { args: [{ operationId: 'op', epoch: 1 }], headers: {} }
  return new MockActivityEnvironment({ activityType: 'openEdge' }).run(async () => inbound?.execute?.(input, effect))
}

test('a database that takes longer than a beat to record a step does not disown it', async () => {
  const { recorder, answer, beats } = slowRecorder()
  const performed = perform(recorder, async () => {
    await vi.advanceTimersByTimeAsync(BEAT_MS)
    return 'effect'
  })
  await vi.advanceTimersByTimeAsync(3 * BEAT_MS)
  expect(beats()).toBe(0)
  answer()
  expect(await performed).toBe('effect')
  expect(beats()).toBe(1)
})

test('one that is settled while its effect runs is told to stop, with the reason', async () => {
  const { recorder, answer } = slowRecorder()
  answer()
  const settled = new Problem('operation.settled', { status: 409, retryable: false, title: 'It ended' })
  const performed = perform({ ...recorder, stepBeat: () => Promise.reject(settled) }, async () => {
    await vi.advanceTimersByTimeAsync(BEAT_MS)
    throw new Error('whatever the effect says')
  })
  await expect(performed).rejects.toMatchObject({ type: 'operation.settled' })
})
