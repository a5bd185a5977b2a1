import type { StepInput } from '../saga/saga.policy.ts'
import { cellChart, instanceChart } from './chart-use.ts'
import { containerSizes } from './container-sizes.ts'
import { link } from './link.ts'
import { renderedProduct } from './product-check.ts'
import { ownerOf, type Phase, type Place, type TenantFacts } from './step-deps.ts'

/** Applies the namespace of a unit with what keeps it apart: of an instance, as its tenant's plan grants now. */
export async function applyGuardrails(
  input: StepInput,
  place: Place & { tenant: TenantFacts | null },
  phase: Phase,
): Promise<void> {
  const { hands, unit, tenant } = place
  const container = containerSizes(await renderedProduct(place))
  const held = { container, databasePort: hands.databases.address.port }
  const chart = tenant?.compute ? instanceChart(unit, tenant, tenant.compute, held) : cellChart(unit, held)
  await hands.cluster.applyOwned(ownerOf(input, place, 'guardrails', phase), await hands.render(chart), link())
}
