import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ANY_OPERATOR, ownOr } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { ListSessions, Session, SessionPage, SessionParams } from './sessions.schema.ts'
import type { SessionsService } from './sessions.service.ts'

const tags = ['access']

/** /v1/sessions: who is signed in. One's own for everybody, those of others for who has the verb. */
export const sessionsRoutes: FastifyPluginAsyncTypebox<{ sessions: SessionsService }> = async (app, { sessions }) => {
  app.get(
    '/v1/sessions',
    {
      config: { access: ownOr('sessions:read') },
      schema: {
        operationId: 'listSessions',
        tags,
        summary: 'Sessions, newest first',
        querystring: ListSessions,
        response: { 200: ref(SessionPage) },
      },
    },
    (request) => sessions.list(request.actor, request.query),
  )
  app.post(
    '/v1/sessions/:session/revoke',
    {
      config: { access: ownOr('sessions:revoke'), audit: ['session.revoke'] },
      schema: {
        operationId: 'revokeSession',
        tags,
        summary: 'End a session everywhere, at once',
        params: SessionParams,
        response: { 200: ref(Session) },
      },
    },
    (request) => sessions.revoke(request.actor, request.params.session),
  )
  app.post(
    '/v1/sign-out',
    {
      config: { access: ANY_OPERATOR, audit: ['session.sign-out'] },
      schema: {
        operationId: 'signOut',
        tags,
        summary: 'End the session this is asked with',
        response: { 204: Type.Null({ description: 'Ended' }) },
      },
    },
    async (request, reply) => {
      await sessions.signOut(request.actor)
      return reply.code(204).send(null)
    },
  )
}
