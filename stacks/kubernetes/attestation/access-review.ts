import { GUARD } from '../../../control-plane/domain/attestation.ts'
import type { Cluster } from '../cluster.ts'
import type { Link } from '../link.ts'
import { type Answer, attempt } from './attempt.ts'

export type Right = {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
}

/** Asks the API server's own authorizer what it would say to these rights; nothing is touched. */
export async function mayI(cluster: Cluster, right: Right, link: Link): Promise<Omit<Answer, 'body'>> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: right },
  }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const answer = await attempt(cluster, { method: 'POST', path, body, what: 'ask for rights' }, link)
  if (answer.seen !== 'allowed') return { ...answer, seen: 'error' }
  const { status } = answer.body as { status: { allowed: boolean; evaluationError?: string } }
  if (status.evaluationError) return { seen: 'error', guard: null, said: status.evaluationError }
  return status.allowed
    ? { seen: 'allowed', guard: null, said: 'has the right' }
    : { seen: 'refused', guard: GUARD.rbac, said: 'has not the right' }
}
