import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'tenant.state-forbids': { status: 409, retryable: false, title: 'The state of the tenant forbids this' },
  'kubeconfig.not-private': { status: 409, retryable: false, title: 'A shared tenant has no namespace of its own' },
  'kubeconfig.not-offered': { status: 409, retryable: false, title: 'The region hands out no kubeconfigs' },
  'kubeconfig.no-account': { status: 409, retryable: false, title: 'The namespace has no account for the tenant' },
  'kubeconfig.lifetime': { status: 422, retryable: false, title: 'A kubeconfig does not live so long here' },
})
