import { readFile } from 'node:fs/promises'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import type { PublishedTenant, TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import type { Hands } from '../../workflows/regions/hands.ts'
import { openRegions, type Regions } from '../../workflows/regions/regions.ts'
import {
  forTenant,
  instanceChart,
  migrationChart,
  migrationName,
  routeChart,
  servingDeployment,
  servingPods,
  type Unit,
} from '../../workflows/steps/chart-use.ts'
import { containerSizes } from '../../workflows/steps/container-sizes.ts'
import { limitsOfLogin } from '../../workflows/steps/database-limits.ts'
import { workloadObjects } from '../../workflows/steps/workload.ts'
import type { TenantFacts } from '../../workflows/steps/step-deps.ts'
import { toolBinary } from '../support/kubernetes.ts'
import { asCustomer } from '../support/plane.ts'

/**
 * What somebody without a plane would run: the same calls to the same servers, one after the other, from one process. No rows, no
 * workflow, no record of a step, nothing that survives a crash. The end state is the plane's, which the bench compares.
 */
export type Bare = {
  hands: Hands
  edgeUrl: string
  close: () => Promise<void>
}
export type Served = Pick<TenantFacts, 'id' | 'slug' | 'host' | 'limits'>

const EPOCH = 1_000_000_000 // above everything that the plane of a fresh estate has drawn
const POLL_MS = 2
const PATIENCE_MS = 60_000

export async function openBare(estate: Estate): Promise<Bare> {
  const regions: Regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: ['charts'] }))
  const region = JSON.parse(await readFile(estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  return { hands: await regions.handsOf(region), edgeUrl: estate.urls.edge, close: regions.close }
}

/** A tenant of a cell that nobody else writes to; `file` is the cell's tenants file. Returns it with one entry more. */
export async function bareShared(bare: Bare, cell: Unit, file: TenantsFile, tenant: Served): Promise<TenantsFile> {
  const next = { ...file, revision: file.revision + 1, tenants: [...file.tenants, entryOf(tenant)] }
  await publish(bare, cell, next)
  const { cluster } = bare.hands
  await cluster.waitForTenantsRevision({ ...servingPods(cell), revision: next.revision }, unlinked)
  await lead(bare, cell, tenant)
  return next
}

/** A private tenant: namespace with its guardrails, database, migration, product, route. */
export async function barePrivate(
  bare: Bare,
  unit: Unit,
  tenant: Served & Pick<TenantFacts, 'compute'>,
): Promise<void> {
  const { hands } = bare
  const names = unitNames(unit.kind, unit.name)
  const { compute, limits } = tenant
  if (compute === null) throw new Error('a private tenant has a plan that says what it may use')
  const owner = (part: string, whose: string | null = null) => ({
    unit: unit.name,
    unitId: unit.id,
    tenant: whose,
    part,
    epoch: EPOCH,
  })
  const held = { container: containerSizes([]), databasePort: hands.databases.address.port }
  const guardrails = await hands.render(instanceChart(unit, tenant, compute, held))
  await hands.cluster.applyOwned(owner('instance', tenant.id), guardrails, unlinked)
  const secret = await hands.cluster.ensureSecret(
    {
      namespace: names.namespace,
      name: names.databaseSecret,
      labels: ownerLabels({ unitId: unit.id, tenant: null }),
      make: () => hands.databases.makeSecret(names),
    },
    unlinked,
  )
  const login = limitsOfLogin({ compute, limits })
  await hands.databases.create({ names, secret, epoch: EPOCH, ...(login ? { limits: login } : {}) }, unlinked)
  await hands.cluster.applyOwned(owner('migration'), await hands.render(migrationChart(unit)), unlinked)
  await hands.cluster.waitForJob({ namespace: names.namespace, name: migrationName(unit) }, unlinked)
  await hands.cluster.removeOwned(owner('migration'), unlinked)
  await publish(bare, unit, { unit: unit.name, revision: 1, tenants: [entryOf(tenant)] })
  await hands.cluster.applyOwned(owner('workload'), await workloadObjects({ hands, unit, names }, unlinked), unlinked)
  await hands.cluster.waitForDeployment(servingDeployment(unit), unlinked)
  await lead(bare, unit, tenant)
}

export const bareUnit = (
  kind: Unit['kind'],
  name: string,
  like: Pick<Unit, 'product' | 'chart' | 'image' | 'version'>,
): Unit => ({
  id: newId(),
  kind,
  name,
  product: like.product,
  chart: like.chart,
  image: like.image,
  version: like.version,
})

const entryOf = ({ id, slug, host, limits }: Served): PublishedTenant => ({
  id,
  slug,
  hosts: [host],
  state: 'active',
  limits,
})

const publish = ({ hands }: Bare, unit: Unit, file: TenantsFile): Promise<void> => {
  const { namespace, tenantsConfigMap: configMap } = unitNames(unit.kind, unit.name)
  return hands.cluster.publishTenants(
    { namespace, configMap, unitId: unit.id, unit: unit.name, file, epoch: EPOCH },
    unlinked,
  )
}

/** Leads the host name to the unit, and waits until it answers as the tenant. */
async function lead({ hands, edgeUrl }: Bare, unit: Unit, tenant: Served): Promise<void> {
  const owner = { unit: unit.name, unitId: unit.id, tenant: tenant.id, part: 'route', epoch: EPOCH }
  await hands.cluster.applyOwned(owner, forTenant(await hands.render(routeChart(unit)), tenant), unlinked)
  const { id, host, limits } = tenant
  const { requestsPerSecond, burst } = limits
  await hands.edge.open({ host, unit: unit.name, tenant: id, epoch: EPOCH, limits: { requestsPerSecond, burst } })
  await untilServed(edgeUrl, tenant)
}

/** Asks as a customer until the first 200 as that tenant. */
export async function untilServed(edgeUrl: string, { slug, host }: Pick<Served, 'slug' | 'host'>): Promise<void> {
  const started = performance.now()
  for (;;) {
    const answer = await asCustomer(edgeUrl, host, '/whoami')
    if (answer.status === 200 && (JSON.parse(answer.body) as { tenant: string }).tenant === slug) return
    if (performance.now() - started > PATIENCE_MS)
      throw new Error(`${slug} is not served: ${answer.status} ${answer.body}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
