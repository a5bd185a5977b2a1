import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can, type Verb } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import { CreateOperator, ListOperators, Operator, OperatorPage, OperatorParams, SetRole } from './operators.schema.ts'
import type { Asked, OperatorsService } from './operators.service.ts'

const tags = ['access']
const headers = Type.Object({
  ...IdempotencyHeaders.properties,
  'if-match': Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'ETag you decided on: 412 when it has changed since',
      examples: ['"3"'],
    }),
  ),
})

const askedOf = (request: FastifyRequest<{ Params: { operator: string } }>): Asked => ({
  actor: request.actor,
  idempotency: idempotencyOf(request),
  reference: request.params.operator,
  ifMatch: request.headers['if-match'],
})

const createOperator = {
  config: { access: can('operators:create'), audit: ['operator.create'] },
  schema: {
    operationId: 'createOperator',
    tags,
    summary: 'Make an operator; it lets itself in by tokens',
    headers: IdempotencyHeaders,
    body: CreateOperator,
    response: { 201: ref(Operator) },
  },
}
const listOperators = {
  config: { access: can('operators:read') },
  schema: {
    operationId: 'listOperators',
    tags,
    summary: 'Who may do what, by name',
    querystring: ListOperators,
    response: { 200: ref(OperatorPage) },
  },
}
const getOperator = {
  config: { access: can('operators:read') },
  schema: {
    operationId: 'getOperator',
    tags,
    summary: 'One operator',
    params: OperatorParams,
    response: { 200: ref(Operator) },
  },
}
const standing = (verb: Verb, operationId: string, summary: string) => ({
  config: { access: can(verb), audit: [verb.replace('operators:', 'operator.')] },
  schema: { operationId, tags, summary, params: OperatorParams, headers, response: { 200: ref(Operator) } },
})
const disableOperator = standing('operators:disable', 'disableOperator', 'Shut out at once and end all its sessions')
const enableOperator = standing('operators:enable', 'enableOperator', 'Let in again: its tokens work as before')
const setOperatorRole = {
  config: { access: can('operators:set-role'), audit: ['operator.set-role'] },
  schema: {
    operationId: 'setOperatorRole',
    tags,
    summary: 'Change what it may do, at once',
    params: OperatorParams,
    headers,
    body: SetRole,
    response: { 200: ref(Operator) },
  },
}

/** /v1/operators: the people and scripts that run the plane. */
export const operatorsRoutes: FastifyPluginAsyncTypebox<{ operators: OperatorsService }> = async (
  app,
  { operators },
) => {
  app.post('/v1/operators', createOperator, async (request, reply) =>
    sendAnswer(reply, await operators.create(request.actor, idempotencyOf(request), request.body)),
  )
  app.get('/v1/operators', listOperators, (request) => operators.list(request.query))
  app.get('/v1/operators/:operator', getOperator, async (request, reply) => {
    const operator = await operators.get(request.params.operator)
    return reply.header('etag', etagOf(operator.generation)).send(operator)
  })
  app.post('/v1/operators/:operator/disable', disableOperator, async (request, reply) =>
    sendAnswer(reply, await operators.disable(askedOf(request))),
  )
  app.post('/v1/operators/:operator/enable', enableOperator, async (request, reply) =>
    sendAnswer(reply, await operators.enable(askedOf(request))),
  )
  app.patch('/v1/operators/:operator', setOperatorRole, async (request, reply) =>
    sendAnswer(reply, await operators.setRole(askedOf(request), request.body.role)),
  )
}
