import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { Drift, DriftParams } from './drift.schema.ts'
import type { DriftService } from './drift.service.ts'

/** /v1/units/{unit}/drift: where the cluster differs from what was applied. */
export const driftRoutes: FastifyPluginAsyncTypebox<{ drift: DriftService }> = async (app, { drift }) => {
  app.get(
    '/v1/units/:unit/drift',
    {
      config: { access: can('units:read') },
      schema: {
        operationId: 'getDrift',
        tags: ['units'],
        summary: 'Where a unit differs from what was applied: objects and fields',
        params: DriftParams,
        response: { 200: ref(Drift) },
      },
    },
    (request) => drift.get(request.params.unit),
  )
}
