import { Type, type Static } from 'typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { closed, ref, Timestamp } from '../../platform/schemas.ts'
import type { Signing } from '../../platform/signing.ts'
import { CERTIFICATE_FORMAT } from '../../proof/verify-certificate.ts'
import { problems } from './evidence.errors.ts'
import { evidenceStore as store } from './evidence.store.ts'

const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Key = Type.Object(
  {
    id: Type.String(),
    purpose: Type.String(),
    publicKey: Type.String(),
    endorsedBy: orNull(Type.String()),
    endorsement: orNull(Type.String()),
    createdAt: Timestamp,
    retiredAt: orNull(Timestamp),
  },
  closed,
)
export const Certificate = Type.Object(
  {
    format: Type.Literal(CERTIFICATE_FORMAT),
    record: Type.String({
      description: 'The canonical JSON text that is signed: what was destroyed, how it was looked for, what stays',
    }),
    keyId: Type.String(),
    signature: Type.String({ description: 'Ed25519 over the UTF-8 bytes of `record`, in base64url' }),
    keys: Type.Array(Key, { description: 'Public keys that sign evidence, each with the one that vouches for it' }),
  },
  {
    $id: 'Certificate',
    ...closed,
    examples: [
      {
        format: CERTIFICATE_FORMAT,
        record: '{…}',
        keyId: '21fe31dfa154a261626bf854046fd227',
        signature: 'Zm9v',
        keys: [],
      },
    ],
  },
)
export type Certificate = Static<typeof Certificate>

type Deps = {
  database: Pick<Database, 'transaction'>
  signing: Pick<Signing, 'keys'>
  /** By id or slug. Throws `tenant.not-found`. */
  findTenant: (tx: Tx, reference: string) => Promise<{ id: string; slug: string; state: string }>
}

/** The newest certificate of a removed tenant, to be verified without the plane. Throws `tenant.not-found`, `certificate.none`. */
export const certificateOf =
  ({ database, signing, findTenant }: Deps) =>
  (reference: string): Promise<Certificate> =>
    database.transaction(async (tx) => {
      const { id, slug, state } = await findTenant(tx, reference)
      const row = await store.certificate(tx, id)
      if (row === undefined)
        throw problems['certificate.none']({
          detail: `${slug} is ${state}: nobody has certified that nothing of it is left`,
        })
      const { record, keyId, signature } = row
      return { format: CERTIFICATE_FORMAT, record, keyId, signature, keys: await signing.keys(tx, 'evidence') }
    })

const getCertificate = {
  config: { access: can('evidence:read') },
  schema: {
    operationId: 'getCertificate',
    tags: ['evidence'],
    summary: 'The signed certificate that nothing of a removed tenant is left',
    params: Type.Object(
      { tenant: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or slug', examples: ['acme'] }) },
      closed,
    ),
    response: { 200: ref(Certificate) },
  },
}

/** /v1/tenants/{tenant}/certificate: the proof of a removal. */
export const certificateRoutes: FastifyPluginAsyncTypebox<{
  certificate: (reference: string) => Promise<Certificate>
}> = async (app, { certificate }) => {
  app.get('/v1/tenants/:tenant/certificate', getCertificate, (request) => certificate(request.params.tenant))
}
