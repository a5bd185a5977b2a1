import { type KubeClient, KubeError } from '../kube/client.ts'
import { ConfigError, type Pod, podId } from './pod-types.ts'

type TokenRequest = { status: { token: string; expirationTimestamp: string } }

/**
 * Tokens of a pod's service account, bound to the pod. Asked again they are renewed after 80 % of their life; `onDue` is called then.
 */
export function createTokens(client: KubeClient, pod: Pod, onDue: () => void) {
  const known = new Map<string, { token: string; renewAt: number }>()
  const timers = new Set<NodeJS.Timeout>()
  const { namespace, name, uid } = podId(pod)
  const account = pod.spec?.serviceAccountName ?? 'default'
  return {
    async token(audience: string, expirationSeconds: number): Promise<string> {
      const current = known.get(audience)
      if (current && Date.now() < current.renewAt) return current.token
      const request = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(audience ? { audiences: [audience] } : {}),
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      }
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
      const { status } = await client.create<TokenRequest>(path, request).catch((error: unknown) => {
        const refused =
          error instanceof KubeError
            ? new ConfigError(`no token for service account ${account}: ${error.message}`)
            : error
        throw refused
      })
      const lifeMs = Date.parse(status.expirationTimestamp) - Date.now()
      known.set(audience, { token: status.token, renewAt: Date.now() + lifeMs * 0.8 })
      const timer = setTimeout(onDue, lifeMs * 0.8 + 1_000).unref()
      timers.add(timer)
      return status.token
    },
    stop(): void {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
