import { tenantAccount, type TenantRole } from '../../control-plane/domain/naming.ts'
import type { Cluster } from './cluster.ts'
import type { Link } from './link.ts'

/** A token of one of a tenant's two accounts. It ends by itself; it is in memory only, here and at the caller's. */
export async function tenantToken(
  cluster: Cluster,
  { namespace, role, seconds }: { namespace: string; role: TenantRole; seconds: number },
  link: Link,
): Promise<string> {
  const account = tenantAccount(role)
  const answer = await cluster.call(
    {
      method: 'POST',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${account}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: seconds } },
      what: `token of ${namespace}/${account}`,
      confidential: true,
    },
    link,
  )
  return (answer as { status: { token: string } }).status.token
}
