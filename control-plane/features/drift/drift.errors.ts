import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'unit.not-in-service': {
    status: 409,
    retryable: false,
    title: 'Only a unit in service is repaired: retry what it was left by, or remove it',
  },
})
