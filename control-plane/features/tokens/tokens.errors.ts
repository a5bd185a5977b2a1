import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'token.not-found': { status: 404, retryable: false, title: 'No such token' },
  'token.name-taken': { status: 409, retryable: false, title: 'This operator has a token of this name' },
  'token.exceeds-operator': { status: 422, retryable: false, title: 'A token cannot do more than its operator' },
  'token.exceeds-yours': { status: 403, retryable: false, title: 'Nobody gives what they do not have' },
  'token.lifetime': { status: 422, retryable: false, title: 'A token ends in the future, within a year' },
  'token.needs-session': { status: 403, retryable: false, title: 'A token makes no tokens' },
  'token.of-a-person': { status: 409, retryable: false, title: 'A person makes its own tokens' },
  'token.operator-unknown': { status: 422, retryable: false, title: 'No such operator' },
})
