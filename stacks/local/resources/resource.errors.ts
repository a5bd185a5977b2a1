import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What can be wrong with what a resource keeps. */
export const resourceProblems = defineProblems({
  'postgres.deposed': { status: 409, retryable: false, title: 'Another member was promoted over this one' },
  'postgres.undecided': { status: 409, retryable: false, title: 'Nothing tells which member is the primary' },
  'postgres.lost': { status: 409, retryable: false, title: 'The data of a member is gone' },
  'postgres.copy-failed': { status: 500, retryable: true, title: 'The primary could not be copied' },
  'key.missing': { status: 500, retryable: false, title: 'A generation of the key is missing' },
  'key.refused': { status: 422, retryable: false, title: 'The key does not open this' },
  'key.ended': { status: 409, retryable: false, title: 'The generation of the key was destroyed' },
  'key.in-use': { status: 409, retryable: false, title: 'The newest generation of a key is not destroyed' },
  'object.invalid': { status: 422, retryable: false, title: 'No object can be called so' },
  'object.unknown': { status: 404, retryable: false, title: 'No such object' },
  'object.exists': { status: 412, retryable: false, title: 'There is an object of that name' },
  'object.mismatch': { status: 422, retryable: true, title: 'What arrived is not what was announced' },
  'object.no-room': { status: 507, retryable: false, title: 'There is no room left where objects are kept' },
  'object.damaged': { status: 500, retryable: false, title: 'The object is damaged' },
})
