import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'stack-key.not-a-stack': { status: 409, retryable: false, title: 'Only a dedicated stack has a key of its own' },
  'stack-key.not-in-service': {
    status: 409,
    retryable: false,
    title: 'Only the key of a stack that is active or suspended is rotated',
  },
})
