import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { PlannedQuery, ref } from '../../platform/schemas.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { DeployUnit, ListUnits, Unit, UnitAccepted, UnitPage, UnitParams } from './units.schema.ts'
import type { UnitsService } from './units.service.ts'

const tags = ['units']

const listUnits = {
  config: { access: can('units:read') },
  schema: {
    operationId: 'listUnits',
    tags,
    summary: 'List units of every kind by name',
    querystring: ListUnits,
    response: { 200: ref(UnitPage) },
  },
}
const getUnit = {
  config: { access: can('units:read') },
  schema: {
    operationId: 'getUnit',
    tags,
    summary: 'One unit: whose it is, version, conditions, open operations',
    params: UnitParams,
    response: { 200: ref(Unit) },
  },
}
const MutationHeaders = Type.Object({
  ...IdempotencyHeaders.properties,
  'if-match': Type.Optional(Type.String({ maxLength: 200 })),
})
const deployUnit = {
  config: { access: can('units:deploy'), audit: ['unit.deploy'] },
  schema: {
    operationId: 'deployUnit',
    tags,
    summary: 'Move a unit to another version of its product, or back; 200 when it is there already',
    params: UnitParams,
    headers: MutationHeaders,
    querystring: PlannedQuery,
    body: DeployUnit,
    response: { 200: ref(Unit), 202: ref(UnitAccepted) },
  },
}

/** /v1/units: whatever a release is deployed to, cells and instances alike. */
export const unitsRoutes: FastifyPluginAsyncTypebox<{ units: UnitsService }> = async (app, { units }) => {
  app.get('/v1/units', listUnits, async (request) => units.list(request.query))
  app.get('/v1/units/:unit', getUnit, async (request, reply) => {
    const unit = await units.get(request.params.unit)
    return reply.header('etag', etagOf(unit.generation)).send(unit)
  })
  app.post('/v1/units/:unit/deploy', deployUnit, async (request, reply) => {
    const ifMatch = request.headers['if-match']
    const asked = { reference: request.params.unit, ifMatch, wanted: request.body, ...request.query }
    return sendAnswer(reply, await units.deploy(request.actor, idempotencyOf(request), asked))
  })
}
