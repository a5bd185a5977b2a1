import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { MoveTenant, TenantAccepted, TenantParams } from './tenants.schema.ts'
import type { TenantsService } from './tenants.service.ts'

const headers = Type.Object({
  ...IdempotencyHeaders.properties,
  'if-match': Type.Optional(
    Type.String({ maxLength: 200, description: 'ETag you decided on: 412 when it has changed since' }),
  ),
})

/** /v1/tenants/{tenant}/move: another isolation, with all data and the same address. */
export const moveRoutes: FastifyPluginAsyncTypebox<{ tenants: Pick<TenantsService, 'move'> }> = async (
  app,
  { tenants },
) => {
  app.post(
    '/v1/tenants/:tenant/move',
    {
      config: { access: can('tenants:move'), audit: ['tenant.move'] },
      schema: {
        operationId: 'moveTenant',
        tags: ['tenants'],
        summary: 'Move a tenant with its data to a plan of another isolation; its address stays',
        params: TenantParams,
        headers,
        body: MoveTenant,
        response: { 202: ref(TenantAccepted) },
      },
    },
    async (request, reply) => {
      const { actor, params, body } = request
      const asked = { actor, reference: params.tenant, ifMatch: request.headers['if-match'] }
      return sendAnswer(reply, await tenants.move({ ...asked, idempotency: idempotencyOf(request) }, body))
    },
  )
}
