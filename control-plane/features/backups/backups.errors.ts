import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'backup.not-a-stack': {
    status: 409,
    retryable: false,
    title: 'Only the database of a dedicated stack is backed up by itself',
  },
  'backup.not-in-service': {
    status: 409,
    retryable: false,
    title: 'Only a stack that is active or suspended is backed up',
  },
})
