import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { AdoptTenant, TenantAccepted } from './tenants.schema.ts'
import type { TenantsService } from './tenants.service.ts'

/** /v1/adoptions: what an existing customer has becomes a tenant. */
export const adoptRoutes: FastifyPluginAsyncTypebox<{ tenants: Pick<TenantsService, 'adopt'> }> = async (
  app,
  { tenants },
) => {
  app.post(
    '/v1/adoptions',
    {
      config: { access: can('tenants:adopt'), audit: ['tenant.adopt'] },
      schema: {
        operationId: 'adoptTenant',
        tags: ['tenants'],
        summary: 'Observe a namespace and a database that a customer has, to take them over once that is approved',
        headers: IdempotencyHeaders,
        body: AdoptTenant,
        response: { 202: ref(TenantAccepted) },
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await tenants.adopt(request.actor, idempotencyOf(request), request.body)),
  )
}
