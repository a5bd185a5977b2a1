import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, ref } from '../../platform/schemas.ts'
import {
  AttestParams,
  CheckParams,
  CheckUnit,
  Evidence,
  EvidencePage,
  EvidenceParams,
  ListEvidence,
} from './evidence.schema.ts'
import type { EvidenceService } from './evidence.service.ts'

const tags = ['evidence']
const listEvidence = {
  config: { access: can('evidence:read') },
  schema: {
    operationId: 'listEvidence',
    tags,
    summary: 'Signed records of what was measured, newest first',
    querystring: ListEvidence,
    response: { 200: ref(EvidencePage) },
  },
}
const getEvidence = {
  config: { access: can('evidence:read') },
  schema: {
    operationId: 'getEvidence',
    tags,
    summary: 'One record as it was signed, verified anew',
    params: EvidenceParams,
    response: { 200: ref(Evidence) },
  },
}
const attestUnit = {
  config: { access: can('units:attest'), audit: ['unit.attest'] },
  schema: {
    operationId: 'attestUnit',
    tags,
    summary: 'Measure the isolation of a unit: every check, with its controls, as its tenants would try',
    params: AttestParams,
    headers: IdempotencyHeaders,
    response: { 202: ref(Accepted) },
  },
}

const checkUnit = {
  config: { access: can('products:check'), audit: ['unit.check'] },
  schema: {
    operationId: 'checkUnit',
    tags,
    summary: 'Hold a unit in service against every clause of the contract of its product',
    params: CheckParams,
    headers: IdempotencyHeaders,
    body: CheckUnit,
    response: { 202: ref(Accepted) },
  },
}

/** /v1/evidence, and the request to make some. */
export const evidenceRoutes: FastifyPluginAsyncTypebox<{ evidence: EvidenceService }> = async (app, { evidence }) => {
  app.get('/v1/evidence', listEvidence, async (request) => evidence.list(request.query))
  app.get('/v1/evidence/:id', getEvidence, async (request) => evidence.get(request.params.id))
  app.post('/v1/units/:unit/attest', attestUnit, async (request, reply) =>
    sendAnswer(reply, await evidence.attest(request.actor, idempotencyOf(request), request.params.unit)),
  )
  app.post('/v1/products/:product/check', checkUnit, async (request, reply) => {
    const { params, body } = request
    return sendAnswer(reply, await evidence.check(request.actor, idempotencyOf(request), params.product, body.unit))
  })
}
