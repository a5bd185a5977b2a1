import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import {
  ListShares,
  Share,
  ShareCreated,
  SharedOperationParams,
  ShareOperation,
  SharePage,
  ShareParams,
} from './shares.schema.ts'
import type { SharesService } from './shares.service.ts'

const tags = ['operations']

/** Links that show one operation to people outside: made, listed and revoked by operators. */
export const sharesRoutes: FastifyPluginAsyncTypebox<{ shares: SharesService }> = async (app, { shares }) => {
  const access = can('operations:share')
  app.post(
    '/v1/operations/:id/share',
    {
      config: { access, audit: ['operation.share'] },
      schema: {
        operationId: 'shareOperation',
        tags,
        summary:
          'Make a link that shows how far the operation is; repeated it makes another one, an Idempotency-Key changes nothing',
        params: SharedOperationParams,
        body: ShareOperation,
        response: { 201: ref(ShareCreated) },
      },
    },
    async (request, reply) => reply.code(201).send(await shares.create(request.actor, request.params.id, request.body)),
  )
  app.get(
    '/v1/operations/:id/shares',
    {
      config: { access: can('operations:read') },
      schema: {
        operationId: 'listShares',
        tags,
        summary: 'Links to an operation, newest first, without what they open it with',
        params: SharedOperationParams,
        querystring: ListShares,
        response: { 200: ref(SharePage) },
      },
    },
    (request) => shares.list(request.params.id, request.query),
  )
  app.delete(
    '/v1/operations/:id/shares/:share',
    {
      config: { access, audit: ['operation.unshare'] },
      schema: {
        operationId: 'unshareOperation',
        tags,
        summary: 'Revoke a link at once; again it changes nothing',
        params: ShareParams,
        response: { 200: ref(Share) },
      },
    },
    (request) => shares.revoke(request.actor, request.params.id, request.params.share),
  )
}
