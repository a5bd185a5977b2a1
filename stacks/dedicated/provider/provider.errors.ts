import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What can be wrong between the engine and the target that it acts on. Codes of the target's own reach the caller as they are. */
export const providerProblems = defineProblems({
  'target.unreachable': {
    status: 503,
    retryable: true,
    title: 'The target does not answer; check that its estate runs, then retry',
  },
  'target.unauthenticated': {
    status: 502,
    retryable: false,
    title: 'The target does not take the token; check the file named',
  },
  'target.settings-invalid': {
    status: 500,
    retryable: false,
    title: 'The settings of the target cannot be used; see the detail',
  },
  'target.refused': { status: 502, retryable: false, title: 'The target refused the request' },
  'resource.failed': {
    status: 502,
    retryable: true,
    title: 'A resource could not be made; read the log of its server',
  },
  'resource.late': {
    status: 504,
    retryable: true,
    title: 'A resource took too long; it goes on being made, so the next try may find it ready',
  },
  'resource.interrupted': { status: 409, retryable: true, title: 'Waiting for a resource was called off' },
})
