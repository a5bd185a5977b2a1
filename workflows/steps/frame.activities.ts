import type { Recorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { reportCondition } from '../../control-plane/platform/conditions.ts'
import type { Frame, QuarantineInput } from '../saga/saga.contract.ts'
import { safeError } from '../worker/safe-error.ts'
import type { StepLog } from '../worker/step-interceptor.ts'
import { link } from './link.ts'
import { ownerOf, type Part, placeOf, type StepDeps, tenantIdOf } from './step-deps.ts'
import { QUARANTINED, quarantineReason } from './quarantine.ts'

export type FrameDeps = StepDeps & { close: Recorder['close']; log: StepLog }

/** What happens around the steps of every process. */
export const frameActivities = (deps: FrameDeps): Frame => ({
  async learnTenant(input) {
    const { published } = await deps.database.transaction((tx) => deps.tenantFacts(tx, tenantIdOf(input)))
    return { published }
  },
  closeOperation: ({ operationId, epoch, outcome, fault }) =>
    deps.close({ operationId, epoch, outcome, ...(fault ? { error: fault } : {}) }),
  quarantine: (input) => quarantine(deps, input),
})

/** Inventories that hold what a step applied: their objects are what can be labelled. */
const PART_OF: Readonly<Record<string, Part>> = {
  'prepare-namespace': 'guardrails',
  'apply-quota': 'guardrails',
  'stop-workload': 'workload',
  'start-workload': 'workload',
  migrate: 'migration',
  deploy: 'workload',
  'expand-database': 'migration',
  'roll-pods': 'workload',
  'apply-route': 'route',
  'prepare-probe': 'probe',
  'prepare-check': 'check',
}

/** The condition first: what stays behind is reported even when it cannot be labelled. */
async function quarantine(deps: FrameDeps, input: QuarantineInput): Promise<void> {
  const { operationId, tenantId, unitId, stuck } = input
  const reasons = stuck.map(({ step, fault }) => `${step} (${fault.code}: ${fault.message})`).join('; ')
  const place = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await reportCondition(tx, {
      subject: tenantId === null ? `unit:${unitId}` : `tenant:${tenantId}`,
      tenantId,
      type: QUARANTINED,
      status: 'true',
      reason: quarantineReason(input.kind),
      message: `Operation ${operationId} could not take back ${reasons}. Look at it, then ask for the operation again or remove it`,
      observedGeneration: 0,
    })
    return placeOf(deps, tx, input).catch(goneWithStack)
  })
  deps.log.warn(
    { event: 'operation.quarantined', operationId, unitId, steps: stuck.map(({ step }) => step) },
    'undo failed: left for an operator',
  )
  for (const { step } of stuck) {
    const part = PART_OF[step]
    if (part === undefined || place === undefined) continue
    await place.hands.cluster
      .markQuarantined(ownerOf(input, place, part, 'undo'), operationId, link())
      .catch((error: unknown) => {
        deps.log.warn(
          { event: 'quarantine.unlabelled', operationId, step, err: safeError(error) },
          'what is quarantined could not be labelled',
        )
      })
  }
}

/** Of a stack that is gone everything inside is gone, too: nothing is left to label. */
function goneWithStack(error: unknown): undefined {
  if (!(error instanceof Problem && error.code === 'stack.not-built')) throw error
}
