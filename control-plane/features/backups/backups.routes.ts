import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { IdempotencyHeaders, idempotencyOf, sendAnswer } from '../../platform/idempotency.ts'
import { Accepted, ref } from '../../platform/schemas.ts'
import { BackupPage, BackupParams, ListBackups } from './backups.schema.ts'
import type { BackupsService } from './backups.service.ts'

const tags = ['units']
const listBackups = {
  config: { access: can('units:read') },
  schema: {
    operationId: 'listBackups',
    tags,
    summary: 'Backups of a stack’s database, newest first',
    params: BackupParams,
    querystring: ListBackups,
    response: { 200: ref(BackupPage) },
  },
}
const backupUnit = {
  config: { access: can('units:backup'), audit: ['unit.backup'] },
  schema: {
    operationId: 'backupUnit',
    tags,
    summary: 'Back the database of a stack up into its own store, under its own key, and see that it restores',
    params: BackupParams,
    headers: IdempotencyHeaders,
    response: { 202: ref(Accepted) },
  },
}

/** /v1/units/{unit}/backups. */
export const backupsRoutes: FastifyPluginAsyncTypebox<{ backups: BackupsService }> = async (app, { backups }) => {
  app.get('/v1/units/:unit/backups', listBackups, (request) => backups.list(request.params.unit, request.query))
  app.post('/v1/units/:unit/backups', backupUnit, async (request, reply) =>
    sendAnswer(reply, await backups.take(request.actor, idempotencyOf(request), request.params.unit)),
  )
}
