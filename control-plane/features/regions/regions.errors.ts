import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'region.not-found': { status: 404, retryable: false, title: 'No such region' },
})
