import { defineProblems } from '../../control-plane/domain/problem.ts'

/** What stands between an order and its stack before the engine is asked. */
export const stackProblems = defineProblems({
  'stack.not-configured': {
    status: 409,
    retryable: false,
    title: 'This worker builds no stacks; configure it, then retry the operation',
  },
  'backup.not-configured': {
    status: 409,
    retryable: false,
    title: 'This worker takes no backups; configure it, then retry the operation',
  },
  'stack.target-missing': { status: 409, retryable: false, title: 'The region has nothing that stacks are built of' },
  'stack.incomplete': { status: 502, retryable: true, title: 'The stack was built and something of it is not ready' },
})
