import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { closed, pageQuery, ref } from '../../platform/schemas.ts'
import { Region, RegionPage } from './regions.schema.ts'
import type { RegionsService } from './regions.service.ts'

const name = Type.String({ minLength: 1, maxLength: 63, pattern: '^[A-Za-z0-9-]+$', examples: ['local-1'] })

export const regionsRoutes: FastifyPluginAsyncTypebox<{ regions: RegionsService }> = async (app, { regions }) => {
  const config = { access: can('regions:read') }
  app.get(
    '/v1/regions',
    {
      config,
      schema: {
        operationId: 'listRegions',
        tags: ['regions'],
        summary: 'Regions',
        querystring: Type.Object({ ...pageQuery }, closed),
        response: { 200: ref(RegionPage) },
      },
    },
    (request) => regions.list(request.query),
  )
  app.get(
    '/v1/regions/:name',
    {
      config,
      schema: {
        operationId: 'getRegion',
        tags: ['regions'],
        summary: 'One region',
        params: Type.Object({ name }),
        response: { 200: ref(Region) },
      },
    },
    async (request, reply) => {
      const region = await regions.get(request.params.name)
      return reply.header('etag', etagOf(region.generation)).send(region)
    },
  )
}
