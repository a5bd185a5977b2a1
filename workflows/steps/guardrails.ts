import type { StepInput } from '../saga/saga.policy.ts'
import { cellChart, instanceChart } from './chart-use.ts'
import { link } from './link.ts'
import { ownerOf, type Phase, type Place, type TenantFacts } from './step-deps.ts'

/** Applies the namespace of a unit with what keeps it apart: of an instance, as its tenant's plan grants now. */
export async function applyGuardrails(
  input: StepInput,
  place: Place & { tenant: TenantFacts | null },
  phase: Phase,
): Promise<void> {
  const { hands, unit, tenant } = place
  const { port } = hands.databases.address
  const chart = tenant?.compute ? instanceChart(unit, tenant, tenant.compute, port) : cellChart(unit, port)
  await hands.cluster.applyOwned(ownerOf(input, place, 'guardrails', phase), await hands.render(chart), link())
}
