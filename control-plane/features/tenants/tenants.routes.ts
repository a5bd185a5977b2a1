import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { can, type Verb } from '../../domain/access.ts'
import { etagOf } from '../../platform/etag.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { PlannedQuery, ref } from '../../platform/schemas.ts'
import {
  CreateQuery,
  CreateTenant,
  ListTenants,
  RemoveQuery,
  Tenant,
  TenantAccepted,
  TenantPage,
  TenantParams,
  TenantPreview,
  UpdateTenant,
} from './tenants.schema.ts'
import type { Asked, TenantsService } from './tenants.service.ts'

const tags = ['tenants']
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
const accepted = { 202: ref(TenantAccepted) }

const askedOf = (request: FastifyRequest<{ Params: { tenant: string } }>): Asked => ({
  actor: request.actor,
  idempotency: idempotencyOf(request),
  reference: request.params.tenant,
  ifMatch: request.headers['if-match'],
})

const createTenant = {
  config: { access: can('tenants:create'), audit: ['tenant.create'] },
  schema: {
    operationId: 'createTenant',
    tags,
    summary: 'Place and provision a tenant; dryRun only says what would happen',
    headers: IdempotencyHeaders,
    querystring: CreateQuery,
    body: CreateTenant,
    response: { 200: ref(TenantPreview), ...accepted },
  },
}
const listTenants = {
  config: { access: can('tenants:read') },
  schema: {
    operationId: 'listTenants',
    tags,
    summary: 'Find tenants, newest first',
    querystring: ListTenants,
    response: { 200: ref(TenantPage) },
  },
}
const getTenant = {
  config: { access: can('tenants:read') },
  schema: {
    operationId: 'getTenant',
    tags,
    summary: 'One tenant with its conditions and open operations',
    params: TenantParams,
    response: { 200: ref(Tenant) },
  },
}
const updateTenant = {
  config: { access: can('tenants:update'), audit: ['tenant.update'] },
  schema: {
    operationId: 'updateTenant',
    tags,
    summary: 'Change details (200) or plan and limits (202)',
    params: TenantParams,
    headers,
    querystring: PlannedQuery,
    body: UpdateTenant,
    response: { 200: ref(Tenant), ...accepted },
  },
}
const transition = (verb: Verb, operationId: string, summary: string) => ({
  config: { access: can(verb), audit: [verb.replace('tenants:', 'tenant.')] },
  schema: { operationId, tags, summary, params: TenantParams, headers, response: accepted },
})
const planned = (made: ReturnType<typeof transition>) => ({
  ...made,
  schema: { ...made.schema, querystring: PlannedQuery },
})
const suspendTenant = planned(
  transition('tenants:suspend', 'suspendTenant', 'Refuse its users with 403 until it is resumed'),
)
const resumeTenant = planned(transition('tenants:resume', 'resumeTenant', 'Serve its users again'))
const exportTenant = transition(
  'tenants:export',
  'exportTenant',
  'Keep its data, configuration and record in a sealed file; changes nothing of it',
)
const removal = transition(
  'tenants:decommission',
  'decommissionTenant',
  'Export the tenant, remove it and its data for ever, and certify that nothing is left; its slug stays taken',
)
const decommissionTenant = { ...removal, schema: { ...removal.schema, querystring: RemoveQuery } }

/** /v1/tenants: the customers. */
export const tenantsRoutes: FastifyPluginAsyncTypebox<{ tenants: TenantsService }> = async (app, { tenants }) => {
  app.post('/v1/tenants', createTenant, async (request, reply) => {
    if (request.query.dryRun) return tenants.preview(request.body)
    return sendAnswer(reply, await tenants.create(request.actor, idempotencyOf(request), request.body))
  })
  app.get('/v1/tenants', listTenants, async (request) => tenants.list(request.query))
  app.get('/v1/tenants/:tenant', getTenant, async (request, reply) => {
    const tenant = await tenants.get(request.params.tenant)
    return reply.header('etag', etagOf(tenant.generation)).send(tenant)
  })
  app.patch('/v1/tenants/:tenant', updateTenant, async (request, reply) =>
    sendAnswer(reply, await tenants.update({ ...askedOf(request), ...request.query }, request.body)),
  )
  app.post('/v1/tenants/:tenant/suspend', suspendTenant, async (request, reply) =>
    sendAnswer(reply, await tenants.transition('tenant.suspend', { ...askedOf(request), ...request.query })),
  )
  app.post('/v1/tenants/:tenant/resume', resumeTenant, async (request, reply) =>
    sendAnswer(reply, await tenants.transition('tenant.resume', { ...askedOf(request), ...request.query })),
  )
  app.post('/v1/tenants/:tenant/export', exportTenant, async (request, reply) =>
    sendAnswer(reply, await tenants.transition('tenant.export', askedOf(request))),
  )
  app.delete('/v1/tenants/:tenant', decommissionTenant, async (request, reply) =>
    sendAnswer(reply, await tenants.transition('tenant.decommission', { ...askedOf(request), ...request.query })),
  )
}
