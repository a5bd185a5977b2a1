import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What can be wrong with something sealed. */
export const sealProblems = defineProblems({
  'seal.foreign': { status: 400, retryable: false, title: 'This was not sealed here' },
  'seal.damaged': { status: 400, retryable: false, title: 'What was sealed is damaged, or the key is another' },
})
