import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'tenant.state-forbids': { status: 409, retryable: false, title: 'The state of the tenant forbids this' },
  'hand-off.not-found': { status: 404, retryable: false, title: 'Nothing is handed over here' },
  'hand-off.opened': { status: 410, retryable: false, title: 'This link was opened already' },
  'hand-off.ended': { status: 410, retryable: false, title: 'This link has ended' },
  'hand-off.too-many': { status: 429, retryable: true, title: 'Too many requests from this address' },
})
