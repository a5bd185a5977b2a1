import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { PUBLIC } from '../../domain/access.ts'
import { Problem } from '../../domain/problem.ts'
import { networkOf } from '../../platform/auth-failures.ts'
import type { Limiter } from '../../platform/limiter.ts'
import { HTML, pageHeaders, wantsPage } from '../../platform/plain-page.ts'
import { ref } from '../../platform/schemas.ts'
import { problems } from './hand-offs.errors.ts'
import { openedPage, readyPage, refusedPage } from './hand-offs.page.ts'
import { HandedOver, LinkParams } from './hand-offs.schema.ts'
import type { HandOffsService } from './hand-offs.service.ts'

type Options = {
  handOffs: Pick<HandOffsService, 'look' | 'open'>
  /** How often an address may come. */
  limiter: Limiter
}
const PAGE = { description: 'A page without scripts', content: { 'text/html': { schema: Type.String() } } }
const OPENED = {
  description: 'For browsers a page without scripts, else JSON',
  content: { 'application/json': { schema: ref(HandedOver) }, 'text/html': { schema: Type.String() } },
}
const tags = ['hand-off']
const URL = '/hand-off/:token'

/** /hand-off/{token}: looked at by GET, opened by POST. Logs and traces name the route, never the link. */
export const handOffLinkRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { handOffs, limiter }) => {
  // what the button of the page sends: nothing
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 1024 },
    (_request, _body, done) => done(null),
  )
  const enter = (reply: FastifyReply, address: string) => {
    void reply.headers(pageHeaders({ forms: true }))
    const network = networkOf(address)
    if (limiter.allows(network)) return
    const retryAfterSeconds = Math.max(1, Math.ceil(limiter.waitMs(network) / 1000))
    throw problems['hand-off.too-many']({ detail: `Wait ${retryAfterSeconds} s`, extra: { retryAfterSeconds } })
  }
  app.get(
    URL,
    {
      config: { access: PUBLIC },
      schema: {
        operationId: 'showHandOff',
        tags,
        summary: 'The page with the button that opens the link; opens nothing',
        params: LinkParams,
        response: { 200: PAGE },
      },
    },
    async (request, reply) => {
      enter(reply, request.ip)
      try {
        const { customer } = await handOffs.look(request.params.token)
        return reply.type(HTML).send(readyPage(customer))
      } catch (error) {
        return refused(reply, error, wantsPage(request.headers.accept))
      }
    },
  )
  app.post(
    URL,
    {
      config: { access: PUBLIC, audit: ['hand-off.open'] },
      schema: {
        operationId: 'openHandOff',
        tags,
        summary: 'Show the credentials to whoever comes first; a second time they are gone',
        params: LinkParams,
        response: { 200: OPENED },
      },
    },
    async (request, reply) => {
      enter(reply, request.ip)
      const html = wantsPage(request.headers.accept)
      try {
        const handed = await handOffs.open(request.params.token, { address: request.ip, requestId: request.id })
        const answer = html ? reply.type(HTML) : reply.type('application/json; charset=utf-8')
        return answer.send(html ? openedPage(handed) : handed) // which of the two the content-type says
      } catch (error) {
        return refused(reply, error, html)
      }
    },
  )
}

/** A page instead of a problem for who came with a browser. */
function refused(reply: FastifyReply, error: unknown, html: boolean): FastifyReply {
  if (!html || !(error instanceof Problem && error.status < 500 && error.status !== 429)) throw error
  return reply.code(error.status).type(HTML).send(refusedPage(error))
}
