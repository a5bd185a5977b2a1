import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { closed, pageQuery, ref } from '../../platform/schemas.ts'
import { Plan, PlanPage } from './plans.schema.ts'
import type { PlansService } from './plans.service.ts'

const name = Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9-]+$', examples: ['starter-shared'] })

export const plansRoutes: FastifyPluginAsyncTypebox<{ plans: PlansService }> = async (app, { plans }) => {
  const config = { access: can('plans:read') }
  app.get(
    '/v1/plans',
    {
      config,
      schema: {
        operationId: 'listPlans',
        tags: ['plans'],
        summary: 'Plans of the catalogue',
        querystring: Type.Object({ ...pageQuery }, closed),
        response: { 200: ref(PlanPage) },
      },
    },
    (request) => plans.list(request.query),
  )
  app.get(
    '/v1/plans/:name',
    {
      config,
      schema: {
        operationId: 'getPlan',
        tags: ['plans'],
        summary: 'One plan',
        params: Type.Object({ name }),
        response: { 200: ref(Plan) },
      },
    },
    async (request, reply) => {
      const plan = await plans.get(request.params.name)
      return reply.header('etag', etagOf(plan.generation)).send(plan)
    },
  )
}
