import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'session.not-found': { status: 404, retryable: false, title: 'No such session' },
  'session.none': { status: 409, retryable: false, title: 'You came with a token, not with a session' },
})
