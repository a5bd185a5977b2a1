import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'move.not-found': { status: 404, retryable: false, title: 'No such move' },
  'move.open': { status: 409, retryable: false, title: 'The tenant has a move that has not ended' },
  'move.state-forbids': { status: 409, retryable: false, title: 'The state of the move forbids this' },
  'move.tenant-not-served': { status: 409, retryable: false, title: 'The state of the tenant forbids this' },
})
