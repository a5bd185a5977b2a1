import { expect, test } from 'vitest'
import { safeError } from './safe-error.ts'

test('kind, code and first line of a fault are kept, down its causes', () => {
  const cause = Object.assign(new TypeError('fetch failed'), { code: 'ECONNREFUSED' })
  const seen = safeError(new Error('no answer\nfurther', { cause }))
  expect(seen).toMatchObject({
    type: 'Error',
    message: 'no answer',
    cause: { type: 'TypeError', code: 'ECONNREFUSED' },
  })
  expect(seen.stack).toContain('safe-error.test')
})

test('what drivers quote stays behind', () => {
  const error = Object.assign(new Error('refused postgres://owner:hunter2@host/db\nHTTP body: hunter2'), {
    body: 'hunter2',
    detail: 'hunter2',
  })
  expect(JSON.stringify(safeError(error))).not.toContain('hunter2')
})

test('what is no error is named by its type only', () => {
  expect(safeError('hunter2')).toEqual({ type: 'string', message: 'not an error object' })
})
