import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref, type Page } from '../../platform/schemas.ts'
import { AuditEventPage, AuditQuery, type AuditEvent } from './audit.schema.ts'

type Options = { audit: { list: (wanted: AuditQuery) => Promise<Page<AuditEvent>> } }

export const auditRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { audit }) => {
  const schema = {
    operationId: 'listAuditEvents',
    tags: ['audit'],
    summary: 'Who did what, newest first',
    querystring: AuditQuery,
    response: { 200: ref(AuditEventPage) },
  }
  app.get('/v1/audit-events', { config: { access: can('audit:read') }, schema }, (request) => audit.list(request.query))
}
