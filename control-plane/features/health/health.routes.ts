import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { PUBLIC } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { Liveness, Readiness } from './health.schema.ts'
import type { HealthService } from './health.service.ts'

type Options = { health: HealthService; exposition: () => Promise<string> }

/** For probes and scrapers: public, and asked all the time, so they leave no line in the log. */
export const healthRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { health, exposition }) => {
  const config = { access: PUBLIC, quiet: true }
  const tags = ['health']
  app.get(
    '/healthz',
    {
      config,
      schema: {
        operationId: 'getLiveness',
        tags,
        summary: 'Whether the process runs',
        response: { 200: ref(Liveness) },
      },
    },
    async () => ({ status: 'alive' as const }),
  )
  const summary = 'Whether it can do its work, and if not, which part is away'
  const response = { 200: ref(Readiness), 503: ref(Readiness) }
  app.get(
    '/readyz',
    { config, schema: { operationId: 'getReadiness', tags, summary, response } },
    async (_request, reply) => {
      const readiness = await health.ready()
      return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness)
    },
  )
  const text = {
    200: { description: 'Prometheus text format 0.0.4', content: { 'text/plain': { schema: Type.String() } } },
  }
  app.get(
    '/metrics',
    { config, schema: { operationId: 'getMetrics', tags, summary: 'Metrics for Prometheus', response: text } },
    async (_request, reply) => reply.type('text/plain; version=0.0.4; charset=utf-8').send(await exposition()),
  )
}
