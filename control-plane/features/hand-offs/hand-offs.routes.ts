import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { CreateHandOff, HandOff, HandOffParams } from './hand-offs.schema.ts'
import type { HandOffsService } from './hand-offs.service.ts'

/** /v1/tenants/{tenant}/hand-off: where it is served, and first credentials behind a link that opens once. */
export const handOffsRoutes: FastifyPluginAsyncTypebox<{ handOffs: Pick<HandOffsService, 'create'> }> = async (
  app,
  { handOffs },
) => {
  app.post(
    '/v1/tenants/:tenant/hand-off',
    {
      config: { access: can('tenants:hand-off'), audit: ['tenant.hand-off'] },
      schema: {
        operationId: 'handOffTenant',
        tags: ['tenants'],
        summary:
          'Hand a tenant over: its address and a link to its first credentials; repeated it makes another one, an Idempotency-Key changes nothing',
        params: HandOffParams,
        body: CreateHandOff,
        response: { 201: ref(HandOff) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await handOffs.create(request.actor, request.params.tenant, request.body)),
  )
}
