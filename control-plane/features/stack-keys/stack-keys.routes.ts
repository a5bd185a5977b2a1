import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, ref } from '../../platform/schemas.ts'
import type { StackKeysService } from './stack-keys.service.ts'

const rotateStackKey = {
  config: { access: can('units:rotate-key'), audit: ['unit.rotate-key'] },
  schema: {
    operationId: 'rotateStackKey',
    tags: ['units'],
    summary: 'Make a new generation of a stack’s key; what older ones sealed goes on opening',
    params: Type.Object({
      unit: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Id or name', examples: ['acme'] }),
    }),
    headers: IdempotencyHeaders,
    response: { 202: ref(Accepted) },
  },
}

/** /v1/units/{unit}/rotate-key. */
export const stackKeysRoutes: FastifyPluginAsyncTypebox<{ keys: StackKeysService }> = async (app, { keys }) => {
  app.post('/v1/units/:unit/rotate-key', rotateStackKey, async (request, reply) =>
    sendAnswer(reply, await keys.rotate(request.actor, idempotencyOf(request), request.params.unit)),
  )
}
