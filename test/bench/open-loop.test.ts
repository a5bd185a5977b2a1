import { expect, test } from 'vitest'
import { sendOpenLoop } from './open-loop.ts'

test('what is due is sent whether or not the former was answered', async () => {
  const release = Promise.withResolvers<number>()
  let sent = 0
  const sending = sendOpenLoop({ perSecond: 1000, count: 20 }, () => {
    sent += 1
    if (sent === 20) release.resolve(200) // only the last one lets all of them go
    return release.promise
  })
  const { latenciesMs, statuses } = await sending
  expect(statuses).toEqual({ 200: 20 })
  expect(latenciesMs).toHaveLength(20)
})

test('answers are counted by status, and those that never came as failed', async () => {
  const answers = [200, 429, 'broken', 200]
  const { statuses } = await sendOpenLoop({ perSecond: 1000, count: 4 }, async () => {
    const next = answers.shift()
    if (typeof next !== 'number') throw new Error('no answer')
    return next
  })
  expect(statuses).toEqual({ 200: 2, 429: 1, failed: 1 })
})
