import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ANY_OPERATOR } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { AccessModel, WhoAmI } from './access.schema.ts'
import type { AccessService } from './access.service.ts'

export const accessRoutes: FastifyPluginAsyncTypebox<{ access: Pick<AccessService, 'whoAmI' | 'model'> }> = async (
  app,
  { access },
) => {
  const schema = {
    operationId: 'whoAmI',
    tags: ['access'],
    summary: 'Who this token belongs to and what it may do',
    response: { 200: ref(WhoAmI) },
  }
  app.get('/v1/whoami', { config: { access: ANY_OPERATOR }, schema }, async (request) => access.whoAmI(request.actor))
  const model = {
    operationId: 'getAccessModel',
    tags: ['access'],
    summary: 'Every role, every verb, and which role has which',
    response: { 200: ref(AccessModel) },
  }
  app.get('/v1/access', { config: { access: ANY_OPERATOR }, schema: model }, async () => access.model())
}
