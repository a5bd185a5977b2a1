import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { SigningKey, SigningKeyList, NewSigningKey } from './keys.schema.ts'
import type { KeysService } from './keys.service.ts'

export const keysRoutes: FastifyPluginAsyncTypebox<{ keys: KeysService }> = async (app, { keys }) => {
  const list = {
    operationId: 'listSigningKeys',
    tags: ['audit'],
    summary: 'Public keys with which checkpoints and evidence are signed, oldest first',
    response: { 200: ref(SigningKeyList) },
  }
  const rotate = {
    operationId: 'rotateSigningKey',
    tags: ['audit'],
    summary: 'Replace the current signing key of a purpose; the old one signs its successor and is forgotten',
    body: ref(NewSigningKey),
    response: { 201: ref(SigningKey) },
  }
  app.get('/v1/signing-keys', { config: { access: can('signing-keys:read') }, schema: list }, () => keys.list())
  app.post(
    '/v1/signing-keys',
    { config: { access: can('signing-keys:rotate'), audit: ['signing-key.rotate'] }, schema: rotate },
    async (request, reply) => reply.code(201).send(await keys.rotate(request.actor, request.body.purpose)),
  )
}
