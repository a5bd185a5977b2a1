import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { cellChart, instanceChart } from './chart-use.ts'
import { containerSizes } from './container-sizes.ts'
import { link } from './link.ts'
import { renderedProduct } from './product-check.ts'
import { ownerOf, type Phase, type Place, type TenantFacts } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/** The namespace of a unit with what keeps it apart: of an instance, as its tenant's plan grants now. */
export async function guardrailObjects(place: Place & { tenant: TenantFacts | null }): Promise<KubernetesObject[]> {
  const { hands, unit, tenant } = place
  const container = containerSizes(await renderedProduct(place))
  const held = { container, databasePort: hands.databases.address.port }
  return hands.render(tenant?.compute ? instanceChart(unit, tenant, tenant.compute, held) : cellChart(unit, held))
}

/** Applies the namespace of a unit with what keeps it apart. */
export async function applyGuardrails(
  input: StepInput,
  place: Place & { tenant: TenantFacts | null },
  phase: Phase,
): Promise<void> {
  const objects = await guardrailObjects(place)
  await place.hands.cluster.applyOwned(ownerOf(input, place, 'guardrails', phase), objects, link())
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
