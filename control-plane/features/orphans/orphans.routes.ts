import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { KeepOrphan, ListOrphans, Orphan, OrphanPage, OrphanParams } from './orphans.schema.ts'
import type { OrphansService } from './orphans.service.ts'

const tags = ['orphans']
const listOrphans = {
  config: { access: can('orphans:read') },
  schema: {
    operationId: 'listOrphans',
    tags,
    summary: 'What carries the plane’s names and belongs to nothing that it knows, newest first',
    querystring: ListOrphans,
    response: { 200: ref(OrphanPage) },
  },
}
const getOrphan = {
  config: { access: can('orphans:read') },
  schema: {
    operationId: 'getOrphan',
    tags,
    summary: 'One of them',
    params: OrphanParams,
    response: { 200: ref(Orphan) },
  },
}
const keepOrphan = {
  config: { access: can('orphans:keep'), audit: ['orphan.keep'] },
  schema: {
    operationId: 'keepOrphan',
    tags,
    summary: 'Say that it is known and stays; it is reported no more',
    params: OrphanParams,
    headers: IdempotencyHeaders,
    body: KeepOrphan,
    response: { 200: ref(Orphan) },
  },
}

/** /v1/orphans: quarantine of what nobody owns. */
export const orphansRoutes: FastifyPluginAsyncTypebox<{ orphans: OrphansService }> = async (app, { orphans }) => {
  app.get('/v1/orphans', listOrphans, (request) => orphans.list(request.query))
  app.get('/v1/orphans/:orphan', getOrphan, (request) => orphans.get(request.params.orphan))
  app.post('/v1/orphans/:orphan/keep', keepOrphan, async (request, reply) => {
    const { actor, params, body } = request
    return sendAnswer(reply, await orphans.keep(actor, idempotencyOf(request), params.orphan, body))
  })
}
