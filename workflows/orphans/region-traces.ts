import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import { claim } from '../../control-plane/domain/orphan.ts'
import type { ExportStore } from '../../control-plane/platform/export-folder.ts'
import { listResources } from '../../stacks/dedicated/sweep-resources.ts'
import { PROJECT } from '../../stacks/dedicated/runner/stack-run.ts'
import type { Cluster } from '../../stacks/kubernetes/cluster.ts'
import { listTraces } from '../../stacks/kubernetes/traces.ts'
import { listDatabaseTraces } from '../../stacks/postgres/postgres-traces.ts'
import type { ProductServer } from '../../stacks/postgres/product-server.ts'
import type { Edge, RegionTraces } from '../regions/hands.ts'

type Readers = {
  cluster: Cluster
  products: ProductServer
  edge: Pick<Edge, 'list'>
  exports: Pick<ExportStore, 'list'> | null
  settings: Pick<RegionSettings, 'stackTarget'>
}

/** The traces of a region: each part is looked at with what can only read, where the region names such a thing. */
export const regionTraces = ({ cluster, products, edge, exports, settings }: Readers): RegionTraces => ({
  cluster: (link) => listTraces(cluster, link),
  databases: () => listDatabaseTraces(products),
  async edge() {
    return (await edge.list()).map(({ host, unit, tenant }) => ({
      kind: 'EdgeRoute',
      name: host,
      where: 'edge',
      of: [claim.unitName(unit), claim.tenant(tenant)],
    }))
  },
  async resources({ signal }) {
    const { stackTarget } = settings
    if (!stackTarget) return []
    const seen = await listResources(stackTarget, signal)
    return seen.flatMap(({ kind, name, owner }) =>
      owner?.startsWith(`${PROJECT}/`)
        ? [{ kind, name, where: 'resources of stacks', of: [claim.stack(owner.slice(PROJECT.length + 1))] }]
        : [],
    )
  },
  async exports() {
    if (exports === null) return []
    const keys = await exports.list()
    return keys.map((key) => ({ kind: 'export', name: key, where: 'store for exports', of: [claim.export(key)] }))
  },
})
