import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { limitsOfLogin } from '../steps/database-limits.ts'
import { applyGuardrails } from '../steps/guardrails.ts'
import { link } from '../steps/link.ts'
import { fenceOf, findTenant, type Phase, type StepDeps } from '../steps/step-deps.ts'
import { showAtEdge } from '../steps/traffic.activities.ts'
import type { UPDATE_INSTANCE } from './update-tenant.policy.ts'

type Steps = Omit<ActivitiesOf<typeof UPDATE_INSTANCE>, 'publishTenant' | 'undoPublishTenant'>

/** What only an update has, most of it that of an instance. An undo gives the old terms back first, and applies what the row then says. */
export const updateTenantActivities = (deps: StepDeps): Steps => {
  const restored = (input: StepInput) =>
    deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.restoreTerms(tx, input.operationId)
    })
  const quota = async (input: StepInput, phase: Phase) => applyGuardrails(input, await findTenant(deps, input), phase)
  const limit = async (input: StepInput, phase: Phase) => {
    const { hands, names, tenant } = await findTenant(deps, input)
    const limits = limitsOfLogin(tenant)
    if (limits) await hands.databases.limit({ names, limits, epoch: fenceOf(input, phase) }, link())
  }
  return {
    applyQuota: (input) => quota(input, 'do'),
    async undoApplyQuota(input) {
      await restored(input)
      await quota(input, 'undo')
    },
    limitDatabase: (input) => limit(input, 'do'),
    async undoLimitDatabase(input) {
      await restored(input)
      await limit(input, 'undo')
    },
    limitEdge: (input) => showAtEdge(deps, input, 'do'),
    async undoLimitEdge(input) {
      await restored(input)
      await showAtEdge(deps, input, 'undo')
    },
  }
}
