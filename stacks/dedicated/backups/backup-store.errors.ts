import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What the store of a stack can answer instead of an object. */
export const backupStoreProblems = defineProblems({
  'backup.store-missing': {
    status: 409,
    retryable: false,
    title: 'The stack has no store for backups any more; repair the stack, then ask again',
  },
  'backup.store-full': {
    status: 507,
    retryable: false,
    title: 'The store of the stack has no room left; make some, then retry the operation',
  },
  'backup.store-unreachable': { status: 503, retryable: true, title: 'The store of the stack does not answer' },
  'backup.object-missing': { status: 409, retryable: false, title: 'The backup is not in the store of the stack' },
  'backup.object-damaged': {
    status: 409,
    retryable: false,
    title: 'The backup in the store of the stack is not what was stored',
  },
})
