import { stackRule, type ApprovalRule, type PlanApprovals } from '../../domain/approvals.ts'
import type { Tx } from '../../platform/database.ts'
import { plansStore } from './plans.store.ts'

/** A plan that there is no more asks for whatever can be asked for. */
const UNKNOWN: PlanApprovals = { decommission: 'second-operator', change: 'second-operator' }

/** Who must agree before a stack goes that a tenant has, or had, under the plans of these names. */
export async function ruleOfPlans(tx: Tx, names: readonly string[]): Promise<ApprovalRule> {
  const found: PlanApprovals[] = []
  for (const name of names) found.push((await plansStore.get(tx, name))?.approvals ?? UNKNOWN)
  return stackRule(found)
}
