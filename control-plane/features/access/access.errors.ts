import { defineProblems } from '../../domain/problem.ts'

/** Only the holder of a credential that once was valid learns what became of it; everyone else gets `access.unauthenticated`. */
export const problems = defineProblems({
  'access.token-expired': { status: 401, retryable: false, title: 'This token has expired' },
  'access.token-revoked': { status: 401, retryable: false, title: 'This token was revoked' },
  'access.session-expired': { status: 401, retryable: false, title: 'This session has expired' },
  'access.session-ended': { status: 401, retryable: false, title: 'This session was ended' },
  'access.operator-disabled': { status: 401, retryable: false, title: 'This operator is disabled' },
})
