import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, ref } from '../../platform/schemas.ts'
import type { OperationsEvents } from './operations.events.ts'
import {
  ApproveOperation,
  EventsHeaders,
  ListOperations,
  OperationDetail,
  OperationPage,
  OperationParams,
  RejectOperation,
} from './operations.schema.ts'
import type { OperationsService } from './operations.service.ts'
import { ChangePlanView } from './operations.plans-schema.ts'
import type { PlansService } from './operations.plans.ts'
import type { OperationsViews } from './operations.views.ts'

export type OperationsRoutes = {
  service: Pick<OperationsService, 'cancel' | 'retry' | 'approve' | 'reject'>
  views: OperationsViews
  plans: PlansService
  events: OperationsEvents
}

const tags = ['operations']
const params = OperationParams
const EVENT_STREAM = {
  description:
    'Events as they happen (text/event-stream): `id` is the number, `event` the type, `data` an OperationEvent. Ends with the operation.',
  content: { 'text/event-stream': { schema: Type.String() } },
}

/** A connection that carried a stream is not used again: kept alive it would hold up a server that stops. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
  connection: 'close',
} as const

/** /v1/operations: what the plane is doing, did and was asked to stop or repeat. */
export const operationsRoutes: FastifyPluginAsyncTypebox<OperationsRoutes> = async (
  app,
  { service, views, plans, events },
) => {
  const read = { access: can('operations:read') }

  app.get(
    '/v1/operations',
    {
      config: read,
      schema: {
        operationId: 'listOperations',
        tags,
        summary: 'List operations, newest first',
        querystring: ListOperations,
        response: { 200: ref(OperationPage) },
      },
    },
    (request) => views.list(request.query),
  )
  app.get(
    '/v1/operations/:id',
    {
      config: read,
      schema: {
        operationId: 'getOperation',
        tags,
        summary: 'One operation: steps, progress, time remaining',
        params,
        response: { 200: ref(OperationDetail) },
      },
    },
    (request) => views.get(request.params.id),
  )
  await app.register(actRoutes, { service })
  await app.register(approvalRoutes, { service })
  await app.register(planRoutes, { plans })
  await app.register(eventsRoute, { events })
}

const actRoutes: FastifyPluginAsyncTypebox<Pick<OperationsRoutes, 'service'>> = async (app, { service }) => {
  const asked = { 202: ref(Accepted) }
  app.post(
    '/v1/operations/:id/cancel',
    {
      config: { access: can('operations:cancel'), audit: ['operation.cancel'] },
      schema: {
        operationId: 'cancelOperation',
        tags,
        summary: 'Ask an operation to stop and take back what it did',
        params,
        headers: IdempotencyHeaders,
        response: asked,
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await service.cancel(request.actor, idempotencyOf(request), request.params.id)),
  )
  app.post(
    '/v1/operations/:id/retry',
    {
      config: { access: can('operations:retry'), audit: ['operation.retry'] },
      schema: {
        operationId: 'retryOperation',
        tags,
        summary: 'Ask again for what failed or was cancelled',
        params,
        headers: IdempotencyHeaders,
        response: asked,
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await service.retry(request.actor, idempotencyOf(request), request.params.id)),
  )
}

const approvalRoutes: FastifyPluginAsyncTypebox<Pick<OperationsRoutes, 'service'>> = async (app, { service }) => {
  const access = can('operations:approve')
  const common = { tags, params, headers: IdempotencyHeaders, response: { 202: ref(Accepted) } }
  app.post(
    '/v1/operations/:id/approve',
    {
      config: { access, audit: ['operation.approve'] },
      schema: {
        ...common,
        operationId: 'approveOperation',
        summary: 'Agree to what another operator asked for',
        body: ApproveOperation,
      },
    },
    async (request, reply) => {
      const { actor, body, params: at } = request
      const named = { planHash: body?.plan ?? null, release: body?.release ?? [] }
      return sendAnswer(reply, await service.approve(actor, idempotencyOf(request), at.id, named))
    },
  )
  app.post(
    '/v1/operations/:id/reject',
    {
      config: { access, audit: ['operation.reject'] },
      schema: {
        ...common,
        operationId: 'rejectOperation',
        summary: 'Refuse what another operator asked for, with a reason',
        body: RejectOperation,
      },
    },
    async (request, reply) => {
      const { actor, body, params: at } = request
      return sendAnswer(reply, await service.reject(actor, idempotencyOf(request), at.id, body.reason))
    },
  )
}

const planRoutes: FastifyPluginAsyncTypebox<Pick<OperationsRoutes, 'plans'>> = async (app, { plans }) => {
  app.get(
    '/v1/operations/:id/plan',
    {
      config: { access: can('operations:read') },
      schema: {
        operationId: 'getChangePlan',
        tags,
        summary: 'What an operation would do to a stack: the plan that an approval names',
        params,
        response: { 200: ref(ChangePlanView) },
      },
    },
    (request) => plans.get(request.params.id),
  )
  app.post(
    '/v1/operations/:id/plan',
    {
      config: { access: can('operations:retry'), audit: ['operation.plan'] },
      schema: {
        operationId: 'planChange',
        tags,
        summary: 'Plan an operation that waits again, from what there is now',
        params,
        headers: IdempotencyHeaders,
        response: { 202: ref(ChangePlanView) },
      },
    },
    async (request, reply) =>
      sendAnswer(reply, await plans.again(request.actor, idempotencyOf(request), request.params.id)),
  )
}

const eventsRoute: FastifyPluginAsyncTypebox<Pick<OperationsRoutes, 'events'>> = async (app, { events }) => {
  app.addHook('preClose', async () => events.release()) // a stream would keep the server from closing
  app.get(
    '/v1/operations/:id/events',
    {
      config: { access: can('operations:read') },
      schema: {
        operationId: 'watchOperation',
        tags,
        summary: 'Follow an operation live',
        params,
        headers: EventsHeaders,
        response: {
          200: EVENT_STREAM,
          204: Type.Null({ description: 'It has ended and you have seen all: do not come back' }),
        },
      },
    },
    async (request, reply) => {
      const stream = await events.open(request.params.id, request.headers['last-event-id'] ?? 0)
      if (stream === null) return reply.code(204).send(null)
      stream.once(
        'close',
        request.whileAllowed(() => stream.destroy()),
      )
      void reply.headers(STREAM_HEADERS)
      return reply.send(stream as never) // a stream bypasses the serializer
    },
  )
}
