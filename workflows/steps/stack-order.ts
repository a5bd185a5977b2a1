import type { StackOrder } from '../regions/stacks.ts'
import type { RegionFacts, TenantFacts, UnitFacts } from './step-deps.ts'

type About = {
  unit: Pick<UnitFacts, 'name'>
  tenant: Pick<TenantFacts, 'id' | 'host' | 'plan' | 'compute'>
  region: RegionFacts
  epoch: number
}

/** What a stack's program is asked for under the terms that its tenant has. */
export const stackOrder = ({ unit, tenant: { id, host, plan, compute }, region, epoch }: About): StackOrder => ({
  stack: unit.name,
  tenantId: id,
  host,
  plan,
  connections: compute?.connections ?? 0,
  region,
  epoch,
})
