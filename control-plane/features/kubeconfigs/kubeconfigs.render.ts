import { stringify } from 'yaml'
import type { TenantAccount } from '../../domain/naming.ts'

/** What is in a tenant's kubeconfig; `certificateAuthority` is PEM, null where every machine trusts the certificate. */
export type KubeconfigParts = {
  tenant: string
  role: TenantAccount
  namespace: string
  server: string
  certificateAuthority: string | null
  token: string
}

/** A kubeconfig with everything inside, whose one context is the tenant's namespace. */
export function renderKubeconfig(parts: KubeconfigParts): string {
  const { tenant, role, namespace, server, certificateAuthority, token } = parts
  const authority =
    certificateAuthority === null
      ? {}
      : { 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') }
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: tenant, cluster: { server, ...authority } }],
      users: [{ name: role, user: { token } }],
      contexts: [{ name: tenant, context: { cluster: tenant, user: role, namespace } }],
      'current-context': tenant,
    },
    { lineWidth: 0 },
  )
}
