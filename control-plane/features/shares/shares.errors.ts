import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'share.not-found': { status: 404, retryable: false, title: 'No such link' },
  'share.not-a-customers': { status: 409, retryable: false, title: 'This operation is no customer’s' },
  'status.not-found': { status: 404, retryable: false, title: 'Nothing is shown here' },
  'status.too-many': { status: 429, retryable: true, title: 'Too many requests from this address' },
})
