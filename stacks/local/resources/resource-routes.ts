import type { FastifyInstance } from 'fastify'
import { readOwner } from './inputs.ts'
import type { AnyKind } from './resource-kind.ts'
import type { Resources } from './resources.ts'

/** Says whose a resource is to be, and has to be when it is changed or ended. */
const OWNER_HEADER = 'steward-owner'

type Named = { Params: { kind: string; name: string } }

/** Resources over HTTP: asked for with PUT, looked at with GET until they are ready, ended with DELETE. */
export function resourceRoutes(app: FastifyInstance, resources: Resources): void {
  app.get<Named>('/resources/:kind/:name', ({ params }) => resources.get(params.kind, params.name))
  app.put<Named>('/resources/:kind/:name', async ({ params, headers, body }, reply) => {
    const owner = readOwner(headers[OWNER_HEADER])
    return reply.code(202).send(await resources.put(params.kind, params.name, body, owner))
  })
  app.delete<Named>('/resources/:kind/:name', async ({ params, headers }, reply) => {
    await resources.remove(params.kind, params.name, readOwner(headers[OWNER_HEADER]))
    return reply.code(202).send({ kind: params.kind, name: params.name, state: 'deleting' })
  })
}

/** What kinds offer beside that: those that a token of their own opens, too, or (`opener` undefined) all others. */
export function kindRoutes(
  app: FastifyInstance,
  resources: Pick<Resources, 'kinds' | 'finder'>,
  opener?: AnyKind['opener'],
): void {
  for (const { kind, opener: its, routes, ownerRoutes } of resources.kinds) {
    const groups = [...(its === opener ? [routes] : []), ...(opener === undefined ? [ownerRoutes] : [])]
    for (const add of groups.filter((one) => one !== undefined))
      void app.register(async (scope) => add(scope, resources.finder(kind)), { prefix: `/resources/${kind}/:name` })
  }
}

/** All of them, also for who can only look. */
export function resourceListRoute(app: FastifyInstance, resources: Pick<Resources, 'all'>): void {
  app.get('/resources', async () => ({ resources: await resources.all() }))
}
