import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { Cell, CellAccepted, CellPage, CellParams, CreateCell, ListCells } from './units.cells-schema.ts'
import type { CellsService } from './units.cells-service.ts'

const tags = ['cells']
const MutationHeaders = Type.Object({
  ...IdempotencyHeaders.properties,
  'if-match': Type.Optional(Type.String({ maxLength: 200 })),
})

const accepted = { 202: ref(CellAccepted) }

const createCell = {
  config: { access: can('cells:create'), audit: ['cell.create'] },
  schema: {
    operationId: 'createCell',
    tags,
    summary: 'Create a cell',
    headers: IdempotencyHeaders,
    body: CreateCell,
    response: accepted,
  },
}
const listCells = {
  config: { access: can('cells:read') },
  schema: {
    operationId: 'listCells',
    tags,
    summary: 'List cells by name',
    querystring: ListCells,
    response: { 200: ref(CellPage) },
  },
}
const getCell = {
  config: { access: can('cells:read') },
  schema: {
    operationId: 'getCell',
    tags,
    summary: 'One cell: room, state, conditions, open operations',
    params: CellParams,
    response: { 200: ref(Cell) },
  },
}
const retireCell = {
  config: { access: can('cells:retire'), audit: ['cell.retire'] },
  schema: {
    operationId: 'retireCell',
    tags,
    summary: 'Retire an empty cell',
    params: CellParams,
    headers: MutationHeaders,
    response: accepted,
  },
}

/** /v1/cells: the places for shared tenants. */
export const cellsRoutes: FastifyPluginAsyncTypebox<{ cells: CellsService }> = async (app, { cells }) => {
  app.post('/v1/cells', createCell, async (request, reply) =>
    sendAnswer(reply, await cells.create(request.actor, idempotencyOf(request), request.body)),
  )
  app.get('/v1/cells', listCells, async (request) => cells.list(request.query))
  app.get('/v1/cells/:cell', getCell, async (request, reply) => {
    const cell = await cells.get(request.params.cell)
    return reply.header('etag', etagOf(cell.generation)).send(cell)
  })
  app.delete('/v1/cells/:cell', retireCell, async (request, reply) => {
    const { cell } = request.params
    const ifMatch = request.headers['if-match']
    return sendAnswer(reply, await cells.retire(request.actor, idempotencyOf(request), cell, ifMatch))
  })
}
