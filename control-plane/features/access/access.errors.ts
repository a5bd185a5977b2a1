import { defineProblems } from '../../domain/problem.ts'

/** Only the holder of a token that once was valid learns what became of it; everyone else gets `access.unauthenticated`. */
export const problems = defineProblems({
  'access.token-expired': { status: 401, retryable: false, title: 'This token has expired' },
  'access.token-revoked': { status: 401, retryable: false, title: 'This token was revoked' },
  'access.operator-disabled': { status: 401, retryable: false, title: 'This operator is disabled' },
})
