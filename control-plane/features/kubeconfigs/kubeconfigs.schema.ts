import { Type, type Static } from 'typebox'
import { TENANT_ACCOUNTS } from '../../domain/naming.ts'
import { KUBECONFIG_SECONDS } from '../../domain/tenant-access.ts'
import { closed, Timestamp, Uuid } from '../../platform/schemas.ts'

const Role = Type.Enum(TENANT_ACCOUNTS, { description: 'What it may do in the namespace, and nowhere else' })

export const KubeconfigParams = Type.Object({
  tenant: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] }),
})

export const CreateKubeconfig = Type.Object(
  {
    role: Role,
    expiresInSeconds: Type.Optional(
      Type.Integer({
        minimum: KUBECONFIG_SECONDS.least,
        maximum: KUBECONFIG_SECONDS.most,
        default: KUBECONFIG_SECONDS.usual,
        description: 'It ends by itself; an installation may allow less than a day',
      }),
    ),
  },
  { $id: 'CreateKubeconfig', ...closed, examples: [{ role: 'tenant-viewer', expiresInSeconds: 3600 }] },
)
export type CreateKubeconfig = Static<typeof CreateKubeconfig>

export const TenantKubeconfig = Type.Object(
  {
    tenantId: Uuid,
    tenant: Type.String({ description: 'Its slug' }),
    role: Role,
    namespace: Type.String(),
    server: Type.String({ description: 'Where the tenant reaches the API server' }),
    expiresAt: Type.String({ ...Timestamp, description: 'When the token in it ends' }),
    kubeconfig: Type.String({ description: 'YAML with a token in it: shown this once, stored nowhere' }),
  },
  {
    $id: 'TenantKubeconfig',
    ...closed,
    examples: [
      {
        tenantId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        tenant: 'acme',
        role: 'tenant-viewer',
        namespace: 'tenant-acme',
        server: 'https://127.0.0.1:7405',
        expiresAt: '2026-11-22T10:30:00.000Z',
        kubeconfig: 'apiVersion: v1\nkind: Config\n…',
      },
    ],
  },
)
export type TenantKubeconfig = Static<typeof TenantKubeconfig>
