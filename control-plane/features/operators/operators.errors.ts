import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'operator.not-found': { status: 404, retryable: false, title: 'No such operator' },
  'operator.name-taken': { status: 409, retryable: false, title: 'Another operator has this name' },
  'operator.last-administrator': { status: 409, retryable: false, title: 'The last administrator cannot be removed' },
  'operator.role-from-groups': { status: 409, retryable: false, title: 'The groups of this person decide its role' },
  'operator.role-exceeds-yours': { status: 403, retryable: false, title: 'Nobody gives what they do not have' },
})
