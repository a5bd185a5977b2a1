import type { Tx } from '../../control-plane/platform/database.ts'
import type { StackOrder } from '../regions/stacks.ts'
import { stackOrder } from '../steps/stack-order.ts'
import type { StepDeps } from '../steps/step-deps.ts'

type Deps = Pick<StepDeps, 'unitFacts' | 'tenantFacts' | 'regionFacts' | 'tenantsFile'>

/** The stack that a unit is, as its program is asked for it; undefined for every other unit. `epoch` fences what is done with it. */
export async function wholeStack(deps: Deps, tx: Tx, unitId: string, epoch: number): Promise<StackOrder | undefined> {
  const unit = await deps.unitFacts(tx, unitId)
  const [own] = unit.kind === 'stack' ? (await deps.tenantsFile(tx, unitId)).tenants : []
  if (own === undefined) return undefined
  const tenant = await deps.tenantFacts(tx, own.id)
  return stackOrder({ unit, tenant, region: await deps.regionFacts(tx, unit.region), epoch })
}
