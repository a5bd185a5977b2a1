import { defineProblems, Problem } from '../../control-plane/domain/problem.ts'

/** Everything that can go wrong at a cluster. Retryable means: the same call may succeed later without anyone changing anything. */
export const clusterProblems = defineProblems({
  'cluster.unreachable': {
    status: 503,
    retryable: true,
    title: 'The Kubernetes API server does not answer; check that it runs',
  },
  'cluster.failed': {
    status: 502,
    retryable: true,
    title: 'The Kubernetes API server failed at the request; read its log',
  },
  'cluster.config-invalid': {
    status: 500,
    retryable: false,
    title: 'The kubeconfig cannot be used; check the file named',
  },
  'cluster.unauthenticated': {
    status: 502,
    retryable: false,
    title: 'The cluster does not know the credential; check the kubeconfig',
  },
  // retryable: an API server that has just started denies every right until it has read its roles
  'cluster.forbidden': {
    status: 502,
    retryable: true,
    title: 'The credential lacks a right at the cluster; grant it',
  },
  'cluster.refused': { status: 502, retryable: false, title: 'The Kubernetes API server refused the change' },
  'cluster.not-found': { status: 404, retryable: false, title: 'The cluster has no such object' },
  'cluster.conflict': { status: 409, retryable: true, title: 'Somebody else changed the object at the same time' },
  'cluster.kind-unknown': {
    status: 502,
    retryable: false,
    title: 'The cluster does not serve this kind; install its definition',
  },
  'cluster.quota-exceeded': {
    status: 409,
    retryable: false,
    title: 'The namespace has no quota left; raise it or remove something, then retry the operation',
  },
  // a fresh quota refuses everything until its controller has counted once
  'cluster.quota-uncounted': { status: 503, retryable: true, title: 'A quota of the namespace is not counted yet' },
  'effect.fenced': { status: 409, retryable: false, title: 'A newer operation has already acted here' },
  'object.foreign': {
    status: 409,
    retryable: false,
    title: 'The object belongs to somebody else; adopt or remove it by hand',
  },
  'object.moved': {
    status: 409,
    retryable: false,
    title: 'Somebody has changed what the operation was about to write since it was planned',
  },
  'object.mislabelled': {
    status: 500,
    retryable: false,
    title: 'The chart labels an object with another unit or tenant',
  },
  'workload.stalled': { status: 504, retryable: false, title: 'The workload does not become available' },
  'workload.missing': { status: 404, retryable: false, title: 'The workload that was waited for does not exist' },
  'migration.impossible': {
    status: 502,
    retryable: false,
    title: 'The migrations of this version can never succeed here; read their last output',
  },
  'migration.failed': { status: 502, retryable: false, title: 'The migration job failed; read its last output' },
  'chart.invalid': { status: 500, retryable: false, title: 'The chart cannot be rendered with these values' },
  'helm.missing': {
    status: 500,
    retryable: false,
    title: 'Helm is missing; name its program as STEWARD_HELM, or run "npm run estate -- toolchain"',
  },
  'chart.impure': {
    status: 500,
    retryable: false,
    title: 'Two renders of the chart could differ: take out what asks the cluster, chance or the clock',
  },
  'sweep.incomplete': {
    status: 502,
    retryable: true,
    title: 'Something could not be searched, so nothing can be said about leftovers',
  },
})

/** Whether an error is a Problem of one of these codes. */
export const hasCode = (error: unknown, ...codes: string[]): error is Problem =>
  error instanceof Problem && codes.includes(error.code)

/** What the API server says in a body of kind Status. */
export type ApiStatus = { reason?: string; message?: string; code?: number }

/** Whether a refusal passes by itself: a fresh quota refuses everything until its controller has counted once. */
export const isTransient = (status: number, { message = '' }: ApiStatus): boolean =>
  [408, 429, 500, 502, 503, 504].includes(status) || (status === 403 && message.includes('status unknown for quota'))

/**
 * The Problem for an answer that is not a success. `what` names the call for people; with `confidential` the server's
 * sentence is left out, because for a Secret it may quote the value.
 */
export function refusal(status: number, body: ApiStatus, what: string, confidential = false): Problem {
  const said = confidential || !body.message ? (body.reason ?? `HTTP ${status}`) : body.message
  const particulars = { detail: `${what}: ${said}`, extra: { httpStatus: status, reason: body.reason ?? null } }
  if (status === 404) return clusterProblems['cluster.not-found'](particulars)
  if (status === 409) return clusterProblems['cluster.conflict'](particulars)
  if (status === 403 && body.message?.includes('status unknown for quota'))
    return clusterProblems['cluster.quota-uncounted'](particulars)
  if (status === 403 && body.message?.includes('exceeded quota'))
    return clusterProblems['cluster.quota-exceeded'](particulars)
  if (status === 401) return clusterProblems['cluster.unauthenticated'](particulars)
  if (status === 403 && / cannot [a-z]+ (resource|path) /.test(body.message ?? ''))
    return clusterProblems['cluster.forbidden'](particulars)
  if (status === 500) return clusterProblems['cluster.failed'](particulars)
  if (isTransient(status, body)) return clusterProblems['cluster.unreachable'](particulars)
  return clusterProblems['cluster.refused'](particulars)
}
