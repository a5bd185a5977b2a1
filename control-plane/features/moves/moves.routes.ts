import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, ref } from '../../platform/schemas.ts'
import { ListMoves, Move, MovePage, MoveParams } from './moves.schema.ts'
import type { EndKind, MovesService } from './moves.service.ts'

const tags = ['moves']

const listMoves = {
  config: { access: can('tenants:read') },
  schema: {
    operationId: 'listMoves',
    tags,
    summary: 'Moves of tenants between isolations, newest first',
    querystring: ListMoves,
    response: { 200: ref(MovePage) },
  },
}
const getMove = {
  config: { access: can('tenants:read') },
  schema: {
    operationId: 'getMove',
    tags,
    summary: 'One move: where it is, and what was measured',
    params: MoveParams,
    response: { 200: ref(Move) },
  },
}
const ending = (kind: EndKind, operationId: string, summary: string) => ({
  config: { access: can('tenants:move'), audit: [kind] },
  schema: {
    operationId,
    tags,
    summary,
    params: MoveParams,
    headers: IdempotencyHeaders,
    response: { 202: ref(Accepted) },
  },
})
const retireMove = ending(
  'tenant.move-retire',
  'retireMove',
  'End the soak now: compare everything once more, then remove the old place for ever',
)
const abortMove = ending(
  'tenant.move-abort',
  'abortMove',
  'Take the tenant back to where it was, with all that was written since',
)

/** /v1/moves: tenants on their way from one isolation to another. */
export const movesRoutes: FastifyPluginAsyncTypebox<{ moves: MovesService }> = async (app, { moves }) => {
  app.get('/v1/moves', listMoves, (request) => moves.list(request.query))
  app.get('/v1/moves/:id', getMove, (request) => moves.get(request.params.id))
  app.post('/v1/moves/:id/retire', retireMove, async (request, reply) => {
    const asked = { actor: request.actor, idempotency: idempotencyOf(request), id: request.params.id }
    return sendAnswer(reply, await moves.end('tenant.move-retire', asked))
  })
  app.post('/v1/moves/:id/abort', abortMove, async (request, reply) => {
    const asked = { actor: request.actor, idempotency: idempotencyOf(request), id: request.params.id }
    return sendAnswer(reply, await moves.end('tenant.move-abort', asked))
  })
}
