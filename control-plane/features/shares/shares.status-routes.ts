import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { PUBLIC } from '../../domain/access.ts'
import { Problem } from '../../domain/problem.ts'
import { networkOf } from '../../platform/auth-failures.ts'
import type { Limiter } from '../../platform/limiter.ts'
import { HTML, pageHeaders, wantsPage } from '../../platform/plain-page.ts'
import { ref } from '../../platform/schemas.ts'
import { problems } from './shares.errors.ts'
import { nothingPage, statusPage } from './shares.page.ts'
import { OperationStatus, StatusParams } from './shares.schema.ts'
import type { SharesService } from './shares.service.ts'

type Options = {
  shares: Pick<SharesService, 'status'>
  /** How often an address may ask. */
  limiter: Limiter
}
const STATUS = {
  description: 'For browsers a page without scripts, else JSON',
  content: { 'application/json': { schema: ref(OperationStatus) }, 'text/html': { schema: Type.String() } },
}

/** /status/{token}: how far one operation is, for whoever has the link. Logs and traces name the route, never the link. */
export const statusRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { shares, limiter }) => {
  app.get(
    '/status/:token',
    {
      config: { access: PUBLIC },
      schema: {
        operationId: 'getOperationStatus',
        tags: ['status'],
        summary: 'What a link to an operation shows; one that is unknown, has ended or was revoked is not found',
        params: StatusParams,
        response: { 200: STATUS },
      },
    },
    async (request, reply) => {
      void reply.headers(pageHeaders({ forms: false }))
      refuseFlood(limiter, request.ip)
      const html = wantsPage(request.headers.accept)
      try {
        const status = await shares.status(request.params.token)
        const answer = html ? reply.type(HTML) : reply.type('application/json; charset=utf-8')
        return answer.send(html ? statusPage(status) : status) // which of the two the content-type says
      } catch (error) {
        return refused(reply, error, html)
      }
    },
  )
}

/** A page instead of a problem for who came with a browser; it says the same whatever the reason. */
function refused(reply: FastifyReply, error: unknown, html: boolean): FastifyReply {
  if (!html || !(error instanceof Problem && error.status === 404)) throw error
  return reply.code(404).type(HTML).send(nothingPage())
}

function refuseFlood(limiter: Limiter, address: string): void {
  const network = networkOf(address)
  if (limiter.allows(network)) return
  const retryAfterSeconds = Math.max(1, Math.ceil(limiter.waitMs(network) / 1000))
  throw problems['status.too-many']({ detail: `Wait ${retryAfterSeconds} s`, extra: { retryAfterSeconds } })
}
