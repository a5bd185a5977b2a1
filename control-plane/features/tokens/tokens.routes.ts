import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ownOr } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { CreateToken, ListTokens, Token, TokenCreated, TokenPage, TokenParams } from './tokens.schema.ts'
import type { TokensService } from './tokens.service.ts'

const tags = ['access']

/** /v1/tokens: what scripts and people come with. One's own for everybody, those of others for who has the verb. */
export const tokensRoutes: FastifyPluginAsyncTypebox<{ tokens: TokensService }> = async (app, { tokens }) => {
  app.post(
    '/v1/tokens',
    {
      config: { access: ownOr('tokens:create'), audit: ['token.create'] },
      schema: {
        operationId: 'createToken',
        tags,
        summary: 'Make a token, shown once; repeated under the same name it is refused, so no key is needed',
        body: CreateToken,
        response: { 201: ref(TokenCreated) },
      },
    },
    async (request, reply) => reply.code(201).send(await tokens.create(request.actor, request.body)),
  )
  app.get(
    '/v1/tokens',
    {
      config: { access: ownOr('tokens:read') },
      schema: {
        operationId: 'listTokens',
        tags,
        summary: 'Tokens, newest first; the tokens themselves are stored nowhere',
        querystring: ListTokens,
        response: { 200: ref(TokenPage) },
      },
    },
    (request) => tokens.list(request.actor, request.query),
  )
  app.post(
    '/v1/tokens/:token/revoke',
    {
      config: { access: ownOr('tokens:revoke'), audit: ['token.revoke'] },
      schema: {
        operationId: 'revokeToken',
        tags,
        summary: 'Refuse it everywhere, at once and for ever',
        params: TokenParams,
        response: { 200: ref(Token) },
      },
    },
    (request) => tokens.revoke(request.actor, request.params.token),
  )
}
