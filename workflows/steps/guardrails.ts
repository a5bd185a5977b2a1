import type { Adopting } from '../../stacks/kubernetes/take-over.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { cellChart, instanceChart, withoutRoom } from './chart-use.ts'
import { containerSizes } from './container-sizes.ts'
import { link } from './link.ts'
import { renderedProduct } from './product-check.ts'
import { ownerOf, type Phase, type Place, type TenantFacts } from './step-deps.ts'
import { problems } from './steps.errors.ts'

type Guarded = Place & { tenant: TenantFacts | null }
/** Unless a step is about to change it, the records say whether a unit is suspended. */
type How = { suspended?: boolean }

/** The namespace of a unit with what keeps it apart: of an instance, as its tenant's plan grants now; suspended, room for no pod. */
export async function guardrailObjects(place: Guarded, how: How = {}): Promise<KubernetesObject[]> {
  const { hands, unit, tenant } = place
  const container = containerSizes(await renderedProduct(place))
  const held = { container, databasePort: hands.databases.address.port }
  const objects = await hands.render(
    tenant?.compute ? instanceChart(unit, tenant, tenant.compute, held) : cellChart(unit, held),
  )
  return isSuspended(place, how) ? withoutRoom(objects) : objects
}

const isSuspended = ({ unit }: Guarded, { suspended = unit.state === 'suspended' }: How): boolean => suspended

/** Applies the namespace of a unit with what keeps it apart. In that of a suspended one nothing runs when it returns. */
export async function applyGuardrails(
  input: StepInput,
  place: Guarded,
  phase: Phase,
  how: How = {},
  adopting?: Adopting,
): Promise<void> {
  const objects = await guardrailObjects(place, how)
  const owner = ownerOf(input, place, 'guardrails', phase)
  const kept = await place.hands.cluster.applyOwned(owner, objects, link(), { adopting })
  if (kept.some(({ kind }) => kind === 'ResourceQuota')) return // somebody else's by now, who need not wait for pods
  if (isSuspended(place, how)) return emptyNamespace(place, objects)
  if (how.suspended === false) await waitForRoom(place, objects)
}

/** Ends what the product and the tenant itself still run, once the quota among these objects lets nothing begin. */
export async function emptyNamespace(place: Place, objects: readonly KubernetesObject[]): Promise<void> {
  await waitForRoom(place, objects)
  await place.hands.cluster.endPods({ namespace: place.names.namespace }, link())
}

/** Returns when the quota among these objects, which were applied, is the one that counts. */
async function waitForRoom({ hands }: Place, objects: readonly KubernetesObject[]): Promise<void> {
  for (const { kind, metadata } of objects)
    if (kind === 'ResourceQuota')
      await hands.cluster.waitForQuota({ namespace: metadata.namespace ?? '', name: metadata.name }, link())
}

const NAMED = 3

/** No unit is made where the API server would not keep it apart. Throws `region.guardrails-missing` with what the cluster lacks. */
export async function refuseUnguarded({ hands, unit }: Place): Promise<void> {
  const lacking = await hands.guardrails.lacking(link())
  if (lacking.length === 0) return
  const more = lacking.length > NAMED ? `; and ${lacking.length - NAMED} more` : ''
  throw problems['region.guardrails-missing']({
    detail: `the cluster of region ${unit.region} lacks what keeps units apart: ${lacking.slice(0, NAMED).join('; ')}${more}`,
  })
}
