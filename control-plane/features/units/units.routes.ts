import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { ref } from '../../platform/schemas.ts'
import { ListUnits, Unit, UnitPage, UnitParams } from './units.schema.ts'
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

/** /v1/units: whatever a release is deployed to, cells and instances alike. */
export const unitsRoutes: FastifyPluginAsyncTypebox<{ units: UnitsService }> = async (app, { units }) => {
  app.get('/v1/units', listUnits, async (request) => units.list(request.query))
  app.get('/v1/units/:unit', getUnit, async (request, reply) => {
    const unit = await units.get(request.params.unit)
    return reply.header('etag', etagOf(unit.generation)).send(unit)
  })
}
