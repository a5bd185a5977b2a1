import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, PlannedQuery, ref } from '../../platform/schemas.ts'
import { Drift, DriftParams } from './drift.schema.ts'
import type { DriftService } from './drift.service.ts'

const tags = ['units']
const getDrift = {
  config: { access: can('units:read') },
  schema: {
    operationId: 'getDrift',
    tags,
    summary: 'Where a unit differs from what was applied: objects and fields, and what the latest repair did',
    params: DriftParams,
    response: { 200: ref(Drift) },
  },
}
const reconcileUnit = {
  config: { access: can('units:reconcile'), audit: ['unit.reconcile'] },
  schema: {
    operationId: 'reconcileUnit',
    tags,
    summary: 'Repair where a unit differs from what was applied; what nobody of us made stays',
    params: DriftParams,
    headers: IdempotencyHeaders,
    querystring: PlannedQuery,
    response: { 202: ref(Accepted) },
  },
}

/** /v1/units/{unit}/drift and its repair. */
export const driftRoutes: FastifyPluginAsyncTypebox<{ drift: DriftService }> = async (app, { drift }) => {
  app.get('/v1/units/:unit/drift', getDrift, (request) => drift.get(request.params.unit))
  app.post('/v1/units/:unit/reconcile', reconcileUnit, async (request, reply) => {
    const asked = { reference: request.params.unit, ...request.query }
    return sendAnswer(reply, await drift.reconcile(request.actor, idempotencyOf(request), asked))
  })
}
