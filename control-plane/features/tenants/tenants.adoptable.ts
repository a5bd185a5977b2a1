import { type GivenNames, PLANE_NAMESPACE, unitNames } from '../../domain/naming.ts'
import { UNIT_KIND_OF } from '../../domain/unit-kinds.ts'
import type { Tx } from '../../platform/database.ts'
import type { Plan, TenantsDeps } from './tenants.deps.ts'
import { problems } from './tenants.errors.ts'
import type { Region } from './tenants.placement-store.ts'

/** What belongs to the cluster, the server or the plane: nobody's to adopt. */
const NAMESPACES: ReadonlySet<string> = new Set([
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
  PLANE_NAMESPACE,
])
const DATABASES: ReadonlySet<string> = new Set(['postgres', 'template0', 'template1'])

type Wanted = { plan: Plan; region: Region; slug: string }

export const namesOf = ({ namespace, database }: GivenNames): GivenNames => ({ namespace, database })

/**
 * What an adoption may not ask for, whatever is there. Throws `adoption.not-offered` (a plan that is not private), `adoption.reserved`
 * (a name of the cluster's, the server's or the plane's own), `adoption.taken` (another unit's) and `tenant.id-taken`.
 */
export async function refuseUnadoptable(
  { placement, store }: Pick<TenantsDeps, 'placement' | 'store'>,
  tx: Tx,
  { plan, region, slug }: Wanted,
  { id, ...adopts }: GivenNames & { id: string | undefined },
): Promise<void> {
  if (UNIT_KIND_OF[plan.isolation] !== 'instance')
    throw notOffered(`${plan.name} is ${plan.isolation}: what is there can become a private instance only`)
  refuseReserved(adopts, slug)
  const other = await placement.adopter(tx, region.name, adopts)
  if (other !== undefined)
    throw problems['adoption.taken']({
      detail: `${other.name} has, or is about to take, namespace ${adopts.namespace} or database ${adopts.database} in ${region.name}`,
    })
  if (id === undefined || (await store.find(tx, id, null)) === undefined) return
  const message = `${id} is the id of a tenant already`
  throw problems['tenant.id-taken']({
    detail: message,
    fields: [{ pointer: '/id', rule: 'tenant.id-unique', message }],
  })
}

function notOffered(message: string) {
  const fields = [{ pointer: '/plan', rule: 'plan.private', message }]
  return problems['adoption.not-offered']({ detail: message, fields })
}

/** A name that the plane would give the unit itself says nothing about whose the thing is. */
function refuseReserved(adopts: GivenNames, slug: string): void {
  const own = unitNames('instance', slug)
  const faults = [
    { key: 'namespace', reserved: NAMESPACES.has(adopts.namespace) || adopts.namespace === own.namespace },
    { key: 'database', reserved: DATABASES.has(adopts.database) || adopts.database === own.database },
  ] as const
  const fields = faults
    .filter(({ reserved }) => reserved)
    .map(({ key }) => {
      const message = `${adopts[key]} is a name of the cluster, the database server or the plane itself`
      return { pointer: `/${key}`, rule: 'adoption.foreign-name', message }
    })
  const [first] = fields
  if (first !== undefined) throw problems['adoption.reserved']({ detail: first.message, fields })
}
