import type { Difference } from '../../control-plane/domain/drift.ts'
import { eachLimited } from '../../stacks/kubernetes/each-limited.ts'
import { routesOf } from '../drift/compare.ts'
import type { WholeUnit } from '../drift/whole-unit.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { fenceOf, ownerOf } from '../steps/step-deps.ts'
import { routeObjects } from '../steps/route-objects.ts'

/** Tenants at once: each takes a few small requests. */
const WIDTH = 4

/** Leads the host names of those tenants to the unit again of whom something differed; those of others are not touched. */
export async function repairRoutes(whole: WholeUnit, input: StepInput, found: readonly Difference[]): Promise<void> {
  const { hands, file } = whole
  const drifted = new Set(found.map(({ tenantId }) => tenantId))
  const epoch = fenceOf(input, 'do')
  await eachLimited(
    file.tenants.filter(({ id }) => drifted.has(id)),
    WIDTH,
    async ({ id, slug, hosts: [host = ''] }) => {
      const owner = ownerOf({ ...input, tenantId: id }, whole, 'route', 'do')
      await hands.cluster.repairOwned(owner, await routeObjects(whole, { id, slug, host }), link())
    },
  )
  const routes = routesOf(whole).filter(({ tenant }) => drifted.has(tenant))
  await eachLimited(routes, WIDTH, ({ host, unit, tenant, refusing, limits }) =>
    hands.edge.open({ host, unit, tenant, epoch, ...(refusing ? { refusing } : {}), ...(limits ? { limits } : {}) }),
  )
}
