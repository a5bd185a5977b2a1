import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { Export, ExportKey, ExportPage, ExportParams, ListExports } from './exports.schema.ts'
import type { ExportsService } from './exports.service.ts'

const tags = ['exports']
const access = can('exports:read')
const SEALED = {
  description: 'The sealed file',
  content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } },
}

const listExports = {
  config: { access },
  schema: {
    operationId: 'listExports',
    tags,
    summary: 'Exports of tenants, newest first',
    querystring: ListExports,
    response: { 200: ref(ExportPage) },
  },
}
const getExport = {
  config: { access },
  schema: {
    operationId: 'getExport',
    tags,
    summary: 'One export with what is inside',
    params: ExportParams,
    response: { 200: ref(Export) },
  },
}
const downloadExport = {
  config: { access, audit: ['export.download'] },
  schema: {
    operationId: 'downloadExport',
    tags,
    summary: 'The sealed file; without its key it says nothing',
    params: ExportParams,
    response: { 200: SEALED },
  },
}
const openExport = {
  config: { access: can('exports:open'), audit: ['export.open'] },
  schema: {
    operationId: 'openExport',
    tags,
    summary: 'The key that opens the file, for verifying and restoring it without the plane; again it is the same',
    params: ExportParams,
    response: { 200: ref(ExportKey) },
  },
}

/** /v1/exports: what was kept of tenants, sealed. */
export const exportsRoutes: FastifyPluginAsyncTypebox<{ exports: ExportsService }> = async (app, { exports }) => {
  app.get('/v1/exports', listExports, (request) => exports.list(request.query))
  app.get('/v1/exports/:export', getExport, (request) => exports.get(request.params.export))
  app.get('/v1/exports/:export/content', downloadExport, async (request, reply) => {
    const { bytes, file, stream } = await exports.content(request.actor, request.params.export)
    stream.once(
      'close',
      request.whileAllowed(() => stream.destroy()),
    )
    void reply
      .type('application/octet-stream')
      .header('content-length', bytes)
      .header('content-disposition', `attachment; filename="${file}"`)
    return reply.send(stream as never) // a stream bypasses the serializer
  })
  app.post('/v1/exports/:export/open', openExport, (request) => exports.open(request.actor, request.params.export))
}
