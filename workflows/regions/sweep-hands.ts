import type { Leftover } from '../../control-plane/domain/leftover.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { listTenantLeftovers, listUnitLeftovers } from '../../stacks/kubernetes/sweep.ts'
import { listMoveLeftovers } from '../../stacks/postgres/move/move-leftovers.ts'
import {
  listStrayRows,
  listTenantRows,
  listUnitLeftovers as listDatabaseLeftovers,
} from '../../stacks/postgres/postgres-leftovers.ts'
import { MAINTENANCE_DATABASE, type ProductServer } from '../../stacks/postgres/product-server.ts'
import { processesNaming } from '../../stacks/process/processes-naming.ts'
import type { Edge, Sweep } from './hands.ts'

const inEdge = ({ host }: { host: string }): Leftover => ({ kind: 'EdgeRoute', name: host, where: 'edge' })

/** The unit's database, if it is there. */
const databasesThere = (products: ProductServer, { database }: UnitNames): Promise<string[]> =>
  products.session(MAINTENANCE_DATABASE, async ({ run }) => {
    const found = await run('look for the database', 'select 1 from pg_database where datname = $1', [database])
    return found.length > 0 ? [database] : []
  })

/** Everything is looked at with what can only read; where the edge has no such token, the tally says so. */
export function sweepHands(
  cluster: Parameters<typeof listTenantLeftovers>[0],
  products: ProductServer,
  edge: Edge,
  processes: boolean,
): Sweep {
  const withWhat = edge.listedReadOnly ? '' : ', with a token that can also write'
  return {
    async tenant({ tenantId, slug, host, unit, names }, link, tally) {
      const [inCluster, rows, routes] = await Promise.all([
        listTenantLeftovers(cluster, { tenantId, slug, host, unitName: unit, namespace: names.namespace }, link, tally),
        listTenantRows(products, { names, tenantId }, tally),
        edge.list(),
      ])
      tally?.(`routes at the edge, by tenant and host${withWhat}`, routes.length)
      const open = routes.filter((route) => route.tenant === tenantId || route.host === host)
      return [...inCluster, ...rows, ...open.map(inEdge)]
    },
    async moved({ moveId, tenantId, slug, host, unit, names }, link) {
      const [inCluster, rows, ofMove, routes] = await Promise.all([
        listTenantLeftovers(cluster, { tenantId, slug, host, unitName: unit, namespace: names.namespace }, link),
        listTenantRows(products, { names, tenantId }),
        databasesThere(products, names).then((databases) => listMoveLeftovers(products, { databases, moveId })),
        edge.list(),
      ])
      const here = ({ name, where }: Leftover) =>
        where.split(/[^a-z0-9-]+/).includes(names.namespace) || name.startsWith(`${unit}.${tenantId}.`)
      const open = routes.filter((route) => route.tenant === tenantId && route.unit === unit)
      return [...inCluster.filter(here), ...rows, ...ofMove, ...open.map(inEdge)]
    },
    async unit({ unitId, unit, names }, link, tally) {
      const [inCluster, databases, routes] = await Promise.all([
        listUnitLeftovers(cluster, { unitId, unitName: unit, namespace: names.namespace }, link, tally),
        listDatabaseLeftovers(products, { names }, tally),
        edge.list(),
      ])
      tally?.(`routes at the edge, by unit${withWhat}`, routes.length)
      const open = routes.filter((route) => route.unit === unit)
      return [...inCluster, ...databases, ...open.map(inEdge)]
    },
    async stray({ tenantId, unitId, own, names }, _link, tally) {
      const rows = await listStrayRows(products, { names, tenantId }, tally)
      if (!processes) return rows
      const { looked, found } = await processesNaming(own ? [tenantId, unitId] : [tenantId])
      tally?.('processes of this machine, by ids in their environment', looked)
      return [...rows, ...found]
    },
  }
}
