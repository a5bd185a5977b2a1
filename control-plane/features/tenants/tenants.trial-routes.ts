import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { closed, ref } from '../../platform/schemas.ts'
import { Tenant, TenantParams } from './tenants.schema.ts'
import type { TenantsService } from './tenants.service.ts'

const ExtendTrial = Type.Object(
  {
    days: Type.Integer({
      minimum: 1,
      maximum: 90,
      description: 'After the end it had, or after now when that is past',
    }),
  },
  { $id: 'ExtendTrial', ...closed, examples: [{ days: 14 }] },
)
const headers = Type.Object({
  ...IdempotencyHeaders.properties,
  'if-match': Type.Optional(
    Type.String({ maxLength: 200, description: 'ETag you decided on: 412 when it has changed since' }),
  ),
})

/** /v1/tenants/{tenant}/extend-trial: more time to decide. */
export const trialRoutes: FastifyPluginAsyncTypebox<{ tenants: Pick<TenantsService, 'extendTrial'> }> = async (
  app,
  { tenants },
) => {
  app.post(
    '/v1/tenants/:tenant/extend-trial',
    {
      config: { access: can('tenants:extend-trial'), audit: ['tenant.extend-trial'] },
      schema: {
        operationId: 'extendTrial',
        tags: ['tenants'],
        summary: 'Give a trial more days; one that was suspended for its end is resumed by hand',
        params: TenantParams,
        headers,
        body: ExtendTrial,
        response: { 200: ref(Tenant) },
      },
    },
    async (request, reply) => {
      const { actor, params, body } = request
      const asked = { actor, reference: params.tenant, ifMatch: request.headers['if-match'] }
      return sendAnswer(reply, await tenants.extendTrial({ ...asked, idempotency: idempotencyOf(request) }, body.days))
    },
  )
}
