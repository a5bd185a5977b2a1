import type { StackOrder } from '../regions/stacks.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import {
  fenceOf,
  type Phase,
  type RegionFacts,
  type StepDeps,
  type TenantFacts,
  tenantIdOf,
  type UnitFacts,
} from './step-deps.ts'

type About = {
  unit: Pick<UnitFacts, 'name' | 'keyGeneration'>
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
  keyGeneration: unit.keyGeneration,
  region,
  epoch,
})

/** The same on behalf of an operation; the stack is called as its unit. */
export async function orderOf(
  deps: Pick<StepDeps, 'database' | 'unitFacts' | 'regionFacts' | 'tenantFacts'>,
  input: Pick<StepInput, 'operationId' | 'unitId' | 'tenantId' | 'kind' | 'epoch'>,
  phase: Phase,
): Promise<StackOrder> {
  return deps.database.transaction(async (tx) => {
    const unit = await deps.unitFacts(tx, input.unitId)
    const tenant = await deps.tenantFacts(tx, tenantIdOf(input), input.unitId) // a tenant that moves has other terms elsewhere
    const region = await deps.regionFacts(tx, unit.region)
    return stackOrder({ unit, tenant, region, epoch: fenceOf(input, phase) })
  })
}
