import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'plan.not-found': { status: 404, retryable: false, title: 'No such plan' },
})
