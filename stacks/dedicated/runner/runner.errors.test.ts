import { expect, test } from 'vitest'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { fromPlain, toPlain } from './runner.errors.ts'

test('a problem arrives at the parent as the runner had it, with every faulty field', () => {
  const fields = [{ pointer: '/size', rule: 'stack.size', message: 'huge is no size' }]
  const sent = new Problem(
    'stack.invalid',
    { status: 422, retryable: false, title: 'The stack cannot be made of these inputs' },
    { detail: 'huge is no size', fields, extra: { resources: ['acme-db'] } },
  )
  const received = fromPlain(JSON.parse(JSON.stringify(toPlain(sent))) as ReturnType<typeof toPlain>)
  for (const part of ['code', 'status', 'retryable', 'title', 'detail', 'fields', 'extra', 'message'] as const)
    expect([part, received[part]]).toEqual([part, sent[part]])
})

test('what a problem does not say is not made up on the way', () => {
  const received = fromPlain(toPlain(new Problem('stack.busy', { status: 409, retryable: true, title: 'Busy' })))
  expect([received.detail, received.fields, received.extra]).toEqual([undefined, [], {}])
})
