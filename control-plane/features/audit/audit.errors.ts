import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'audit.stream-not-found': { status: 404, retryable: false, title: 'No such stream' },
  'audit.position-not-found': { status: 404, retryable: false, title: 'No such event to go on after' },
  'audit.nobody-named': { status: 422, retryable: false, title: 'Whose values are to be erased is not clear' },
})
