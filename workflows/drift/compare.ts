import { byPlace, type Difference } from '../../control-plane/domain/drift.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { Compared } from '../../stacks/kubernetes/drift.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { ObjectRef } from '../../stacks/kubernetes/objects.ts'
import { tenantsDifferences } from '../../stacks/kubernetes/tenants-drift.ts'
import { SECRET_KEYS } from '../../stacks/postgres/database-secret.ts'
import { edgeDifferences } from '../../stacks/traffic/edge-drift.ts'
import { limitsOfLogin } from '../steps/database-limits.ts'
import type { WholeUnit } from './whole-unit.ts'

/** Everything the plane made of a unit, compared with what there is: objects, Secret, tenants file, database, routes. Changes nothing. */
export async function compareWhole(whole: WholeUnit, link: Link): Promise<Difference[]> {
  const { hands, unit, names, tenant } = whole
  const secret = await hands.cluster.readSecret({ namespace: names.namespace, name: names.databaseSecret }, link)
  const limits = tenant === null ? undefined : limitsOfLogin(tenant)
  const found = await Promise.all([
    hands.drift.compare(comparedOf(whole), link),
    compareTenants(whole, link),
    hands.databases.compare({ names, secret, ...(limits ? { limits } : {}) }, link),
    hands.edge.list().then((open) => edgeDifferences(open, unit.name, routesOf(whole))),
  ])
  return unique(found.flat()).toSorted(byPlace)
}

const secretOf = ({ namespace, databaseSecret: name }: UnitNames): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name,
})
const tenantsOf = ({ namespace, tenantsConfigMap: name }: UnitNames): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace,
  name,
})

/** What there must be in the cluster: an inventory for each part, and what steps write beside the charts. */
export function comparedOf({ unit, names, file, tenant }: WholeUnit): Compared {
  const guardrails = { tenant: isOwn(unit.kind) ? (tenant?.id ?? null) : null, part: unit.kind }
  return {
    unitId: unit.id,
    unit: unit.name,
    inventories: [
      guardrails,
      { tenant: null, part: 'workload' },
      ...file.tenants.map(({ id }) => ({ tenant: id, part: 'route' })),
    ],
    written: [
      { ref: secretOf(names), keys: SECRET_KEYS },
      { ref: tenantsOf(names), keys: [] }, // its content is compared as a whole
    ],
  }
}

async function compareTenants({ hands, names, file }: WholeUnit, link: Link): Promise<Difference[]> {
  const ref = tenantsOf(names)
  const at = { namespace: names.namespace, configMap: names.tenantsConfigMap }
  const text = await hands.cluster.readTenants(at, link)
  return tenantsDifferences(ref, text, file)
}

/** The routes at the edge; of a suspended instance nothing runs, so the edge refuses in its place. */
export const routesOf = ({ hands, unit, file }: WholeUnit) =>
  file.tenants.flatMap(({ id, hosts, state, limits: { requestsPerSecond, burst } }) => {
    const refusing = isOwn(unit.kind) && state === 'suspended'
    const limits = refusing ? null : { requestsPerSecond, burst }
    return hosts.map((host) => ({ host, target: hands.edge.target, unit: unit.name, tenant: id, refusing, limits }))
  })

/** What two looks have found of one place is said once. */
const unique = (all: readonly Difference[]): Difference[] => [
  ...new Map(all.map((one) => [`${one.what} ${one.object} ${one.path ?? ''}`, one])).values(),
]
