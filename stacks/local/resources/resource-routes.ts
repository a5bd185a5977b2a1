import type { FastifyInstance } from 'fastify'
import type { Resources } from './resources.ts'

type Named = { Params: { kind: string; name: string } }

/** Resources over HTTP: asked for with PUT, looked at with GET until they are ready, ended with DELETE. */
export function resourceRoutes(app: FastifyInstance, resources: Resources): void {
  app.get('/resources', async () => ({ resources: await resources.all() }))
  app.get<Named>('/resources/:kind/:name', ({ params }) => resources.get(params.kind, params.name))
  app.put<Named>('/resources/:kind/:name', async ({ params, body }, reply) =>
    reply.code(202).send(await resources.put(params.kind, params.name, body)),
  )
  app.delete<Named>('/resources/:kind/:name', async ({ params }, reply) => {
    await resources.remove(params.kind, params.name)
    return reply.code(202).send({ kind: params.kind, name: params.name, state: 'deleting' })
  })
  for (const { kind, routes } of resources.kinds) {
    if (!routes) continue
    void app.register(async (scope) => routes(scope, resources.finder(kind)), { prefix: `/resources/${kind}/:name` })
  }
}
