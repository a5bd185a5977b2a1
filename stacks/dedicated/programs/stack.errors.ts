import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What can be wrong with a stack before anything is made of it. */
export const stackProblems = defineProblems({
  'stack.invalid': { status: 422, retryable: false, title: 'The stack cannot be made of these inputs' },
  'stack.policy-violated': {
    status: 409,
    retryable: false,
    title: 'The stack would break a rule that every stack keeps; nothing was changed',
  },
})
