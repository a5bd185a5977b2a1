import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'tenant.on-hold': { status: 409, retryable: false, title: 'A legal hold forbids its removal' },
  'hold.not-found': { status: 404, retryable: false, title: 'No such hold' },
  'hold.too-late': { status: 409, retryable: false, title: 'Its removal can no longer be held' },
  'hold.ended': { status: 409, retryable: false, title: 'The hold has ended already' },
  'hold.ends-in-the-past': { status: 422, retryable: false, title: 'A hold ends in the future' },
})
