import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'sign-in.not-configured': { status: 404, retryable: false, title: 'This plane has no identity provider' },
  'sign-in.unknown': { status: 400, retryable: false, title: 'This sign-in is over, was used already or is not yours' },
  'sign-in.denied': { status: 403, retryable: false, title: 'The identity provider refused' },
  'sign-in.failed': { status: 400, retryable: false, title: 'The answer of the identity provider proves nothing' },
  'sign-in.no-role': { status: 403, retryable: false, title: 'None of your groups has a role here' },
  'sign-in.operator-disabled': { status: 403, retryable: false, title: 'This operator is disabled' },
  'sign-in.last-administrator': { status: 409, retryable: false, title: 'The last administrator cannot be removed' },
  'sign-in.too-many': { status: 429, retryable: true, title: 'Too many sign-ins from this address' },
  'sign-in.client-refused': {
    status: 502,
    retryable: false,
    title: 'The identity provider refuses this plane: check STEWARD_OIDC_CLIENT_ID, its secret and its grants there',
  },
  'sign-in.provider-away': { status: 503, retryable: true, title: 'The identity provider does not answer' },
})
