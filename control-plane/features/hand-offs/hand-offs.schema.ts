import { Type, type Static } from 'typebox'
import { TENANT_ACCOUNTS } from '../../domain/naming.ts'
import { KUBECONFIG_SECONDS } from '../../domain/tenant-access.ts'
import { closed, Timestamp, Uuid } from '../../platform/schemas.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const id = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55'

export const HandOffParams = Type.Object({
  tenant: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] }),
})
export const LinkParams = Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) })

export const CreateHandOff = Type.Object(
  {
    role: Type.Optional(
      Type.Enum(TENANT_ACCOUNTS, {
        default: 'tenant-viewer',
        description: 'What the first credentials of a private tenant may do in its namespace',
      }),
    ),
    expiresInSeconds: Type.Optional(
      Type.Integer({
        minimum: KUBECONFIG_SECONDS.least,
        maximum: KUBECONFIG_SECONDS.most,
        default: KUBECONFIG_SECONDS.most,
        description: 'Link and credentials end together',
      }),
    ),
  },
  { $id: 'CreateHandOff', ...closed, examples: [{ role: 'tenant-admin', expiresInSeconds: 86_400 }] },
)
export type CreateHandOff = Static<typeof CreateHandOff>

export const HandOff = Type.Object(
  {
    id: orNull(Uuid),
    tenantId: Uuid,
    tenant: Type.String({ description: 'Its slug' }),
    url: Type.String({ description: 'Where its users go' }),
    credentials: Type.Enum(['kubeconfig', 'none'], {
      description: 'What the link opens; none: a shared tenant has nothing of its own that could be handed over',
    }),
    link: Type.Union([Type.String(), Type.Null()], {
      description: 'Shows the credentials once, to whoever opens it first; told this once, kept nowhere',
    }),
    expiresAt: orNull(Timestamp),
  },
  {
    $id: 'HandOff',
    ...closed,
    examples: [
      {
        id,
        tenantId: id,
        tenant: 'acme',
        url: 'http://acme.localhost:7401',
        credentials: 'kubeconfig' as const,
        link: 'http://127.0.0.1:7400/hand-off/stl_…',
        expiresAt: '2026-11-23T09:30:00.000Z',
      },
    ],
  },
)
export type HandOff = Static<typeof HandOff>

/** What a link opens, once. */
export const HandedOver = Type.Object(
  {
    customer: Type.String(),
    url: Type.String(),
    kubeconfig: Type.String({ description: 'YAML with a token in it' }),
    expiresAt: Timestamp,
  },
  {
    $id: 'HandedOver',
    ...closed,
    examples: [
      {
        customer: 'Acme Corporation',
        url: 'http://acme.localhost:7401',
        kubeconfig: 'apiVersion: v1\nkind: Config\n…',
        expiresAt: '2026-11-23T09:30:00.000Z',
      },
    ],
  },
)
export type HandedOver = Static<typeof HandedOver>
