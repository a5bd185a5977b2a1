import { MockActivityEnvironment } from '@temporalio/testing'
import { expect, test } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
import { toFailure } from './failure.ts'

const failureOf = (error: unknown): Promise<Error> =>
  new MockActivityEnvironment().run(async () => toFailure(error, 'deploy'))

test('a problem keeps its code, its message and whether retrying can help', async () => {
  const problem = (retryable: boolean) =>
    new Problem('edge.refused', { status: 502, retryable, title: 'No' }, { detail: 'The edge said no' })
  expect(await failureOf(problem(false))).toMatchObject({
    type: 'edge.refused',
    message: 'The edge said no',
    nonRetryable: true,
  })
  expect(await failureOf(problem(true))).toMatchObject({ type: 'edge.refused', nonRetryable: false })
})

test('a database that is away is retried', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  expect(await failureOf(away)).toMatchObject({ type: 'plane.unavailable', nonRetryable: false })
})

test('of what nobody foresaw only the kind leaves the process, and it is retried', async () => {
  const failure = await failureOf(Object.assign(new TypeError('hunter2 is not a function'), { code: 'E_ODD' }))
  expect(failure).toMatchObject({ type: 'step.failed', nonRetryable: false })
  expect(failure.message).toBe('step deploy failed: TypeError E_ODD; see the log of the worker')
})

test('an attempt that was cancelled ends as cancelled, whatever its effect threw', async () => {
  const environment = new MockActivityEnvironment()
  environment.on('heartbeat', () => {})
  const ended = environment.run(async () => {
    environment.cancel('CANCELLED', {
      cancelRequested: true,
      notFound: false,
      paused: false,
      timedOut: false,
      workerShutdown: false,
      reset: false,
    })
    return toFailure(new DOMException('aborted', 'AbortError'), 'deploy')
  })
  expect(await ended).toMatchObject({ name: 'CancelledFailure' })
})
