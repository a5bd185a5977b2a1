import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { closed, pageQuery, ref } from '../../platform/schemas.ts'
import {
  AuditCheckpointPage,
  AuditEventPage,
  AuditQuery,
  Erased,
  Erasure,
  ExportQuery,
  SignedRecord,
} from './audit.schema.ts'
import type { AuditService } from './audit.service.ts'

const tags = ['audit']

export const auditRoutes: FastifyPluginAsyncTypebox<{ audit: AuditService }> = async (app, { audit }) => {
  const list = {
    operationId: 'listAuditEvents',
    tags,
    summary: 'Who did what, newest first',
    querystring: AuditQuery,
    response: { 200: ref(AuditEventPage) },
  }
  app.get('/v1/audit', { config: { access: can('audit:read') }, schema: list }, ({ query }) => audit.list(query))
  const checkpoints = {
    operationId: 'listAuditCheckpoints',
    tags,
    summary: 'Signed statements of where the record stands, newest first',
    querystring: Type.Object({ ...pageQuery }, closed),
    response: { 200: ref(AuditCheckpointPage) },
  }
  app.get('/v1/audit/checkpoints', { config: { access: can('audit:read') }, schema: checkpoints }, ({ query }) =>
    audit.checkpoints(query),
  )
  const sign = {
    operationId: 'createAuditCheckpoint',
    tags,
    summary: 'Verify what was written since the last checkpoint and sign it now',
    response: { 201: ref(SignedRecord) },
  }
  app.post(
    '/v1/audit/checkpoints',
    { config: { access: can('audit:checkpoint'), audit: ['audit.checkpoint'] }, schema: sign },
    async (request, reply) => reply.code(201).send(await audit.sign(request.actor)),
  )
  const erase = {
    operationId: 'eraseAuditPersonal',
    tags,
    summary: 'Erase personal values from the record; the proof stays whole',
    body: ref(Erasure),
    response: { 200: ref(Erased) },
  }
  app.post(
    '/v1/audit/erasures',
    { config: { access: can('audit:erase'), audit: ['audit.erase'] }, schema: erase },
    ({ actor, body }) => audit.erase(actor, body),
  )
  await app.register(exportRoute, { audit })
}

/** JSON Lines: one value a line, none of them a schema of its own in the document. */
const LINES = {
  description: 'The record as JSON Lines: header with keys, checkpoints, events stream by stream, end',
  content: { 'application/x-ndjson': { schema: Type.String() } },
}

const exportRoute: FastifyPluginAsyncTypebox<{ audit: Pick<AuditService, 'export'> }> = async (app, { audit }) => {
  const schema = {
    operationId: 'exportAudit',
    tags,
    summary: 'The record as a file that can be verified without the plane',
    querystring: ExportQuery,
    response: { 200: LINES },
  }
  app.get(
    '/v1/audit/export',
    { config: { access: can('audit:export'), audit: ['audit.export'] }, schema },
    async (request, reply) => {
      const text = Readable.from(await audit.export(request.actor, request.query), { objectMode: false })
      text.once(
        'close',
        request.whileAllowed(() => text.destroy()),
      )
      void reply.type('application/x-ndjson').header('content-disposition', 'attachment; filename="audit.ndjson"')
      return reply.send(text as never) // a stream bypasses the serializer
    },
  )
}
