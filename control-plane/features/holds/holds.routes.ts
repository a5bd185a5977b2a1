import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { ref } from '../../platform/schemas.ts'
import {
  HeldTenantParams,
  Hold,
  HoldPage,
  HoldParams,
  HoldPlaced,
  ListHolds,
  PlaceHold,
  ReleaseHold,
} from './holds.schema.ts'
import type { HoldsService } from './holds.service.ts'

const tags = ['tenants']
const access = can('tenants:hold')
const holdTenant = {
  config: { access, audit: ['tenant.hold'] },
  schema: {
    operationId: 'holdTenant',
    tags,
    summary: 'Forbid its removal; one that is under way turns back while it still can',
    params: HeldTenantParams,
    headers: IdempotencyHeaders,
    body: PlaceHold,
    response: { 201: ref(HoldPlaced) },
  },
}
const listHolds = {
  config: { access: can('tenants:read') },
  schema: {
    operationId: 'listHolds',
    tags,
    summary: 'Its legal holds, in force or ended, newest first',
    params: HeldTenantParams,
    querystring: ListHolds,
    response: { 200: ref(HoldPage) },
  },
}
const releaseHold = {
  config: { access, audit: ['tenant.release-hold'] },
  schema: {
    operationId: 'releaseHold',
    tags,
    summary: 'Let it go: unless another one lies on it, the tenant can be removed again',
    params: HoldParams,
    headers: IdempotencyHeaders,
    body: ReleaseHold,
    response: { 200: ref(Hold) },
  },
}

/** /v1/tenants/{tenant}/holds: what must not be removed. */
export const holdsRoutes: FastifyPluginAsyncTypebox<{ holds: HoldsService }> = async (app, { holds }) => {
  app.post('/v1/tenants/:tenant/holds', holdTenant, async (request, reply) => {
    const { actor, params, body } = request
    return sendAnswer(reply, await holds.place(actor, idempotencyOf(request), params.tenant, body))
  })
  app.get('/v1/tenants/:tenant/holds', listHolds, (request) => holds.list(request.params.tenant, request.query))
  app.post('/v1/tenants/:tenant/holds/:hold/release', releaseHold, async (request, reply) => {
    const { actor, params, body } = request
    return sendAnswer(reply, await holds.release(actor, idempotencyOf(request), params, body.reason))
  })
}
