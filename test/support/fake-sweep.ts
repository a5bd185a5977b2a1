import { scratchNames } from '../../stacks/postgres/scratch-names.ts'
import type { EdgeRoute } from '../../stacks/traffic/edge-routes.ts'
import type { Sweep } from '../../workflows/regions/hands.ts'
import type { World } from './fake-world.ts'

/** Finds in memory what the sweeper finds in a region. */
export function fakeSweep({ inventories, tenantsFiles, databases, edge, secrets }: World): Sweep {
  const open = (of: (route: EdgeRoute) => boolean) =>
    [...edge.values()]
      .filter((route) => !route.closed && of(route))
      .map(({ host }) => ({ kind: 'EdgeRoute', name: host, where: 'edge' }))
  const inventoriesWhere = (of: (key: string) => boolean) =>
    [...inventories.keys()].filter(of).map((name) => ({ kind: 'ConfigMap', name, where: 'steward' }))
  const ofUnit = (start: string) => inventoriesWhere((key) => key.startsWith(start))
  return {
    async tenant({ tenantId, slug, names }, _link, tally) {
      tally?.('inventories', inventories.size)
      tally?.('tenants files', tenantsFiles.size)
      tally?.('routes at the edge', edge.size)
      return [
        ...inventoriesWhere((key) => key.includes(`.${tenantId}.`)),
        ...[...tenantsFiles].flatMap(([name, { tenants }]) =>
          tenants
            .filter(({ id }) => id === tenantId)
            .map(() => ({ kind: 'TenantsFileEntry', name: slug, where: name })),
        ),
        ...(databases.get(names.database)?.has(tenantId)
          ? [{ kind: 'rows', name: tenantId, where: names.database }]
          : []),
        ...open(({ tenant }) => tenant === tenantId),
      ]
    },
    async stray({ tenantId, names }, _link, tally) {
      tally?.('databases of other cells', databases.size)
      return [...databases]
        .filter(([name, ids]) => name !== names.database && ids.has(tenantId))
        .map(([name]) => ({ kind: 'rows', name: tenantId, where: name }))
    },
    moved: async ({ tenantId, slug, unit, names }) => [
      ...ofUnit(`${unit}.${tenantId}.`),
      ...[...tenantsFiles]
        .filter(([name]) => name.startsWith(`${names.namespace}/`))
        .flatMap(([name, { tenants }]) =>
          tenants
            .filter(({ id }) => id === tenantId)
            .map(() => ({ kind: 'TenantsFileEntry', name: slug, where: name })),
        ),
      ...(databases.get(names.database)?.has(tenantId)
        ? [{ kind: 'rows', name: tenantId, where: names.database }]
        : []),
      ...open((route) => route.tenant === tenantId && route.unit === unit),
    ],
    unit: async ({ unit, names }) => [
      ...ofUnit(`${unit}.`),
      ...[names, scratchNames(names)]
        .filter(({ database }) => databases.has(database))
        .map(({ database }) => ({ kind: 'database', name: database, where: 'products' })),
      ...[...secrets.keys()]
        .filter((key) => key.startsWith(`${names.namespace}/`))
        .map((name) => ({ kind: 'Secret', name, where: names.namespace })),
      ...open((route) => route.unit === unit),
    ],
  }
}
