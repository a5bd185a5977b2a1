import { changeBegins } from '../../control-plane/domain/change-plan.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import type { LiveVersion } from '../../stacks/kubernetes/drift.ts'
import { refusal } from '../../stacks/kubernetes/held.ts'
import { hasCode } from '../../stacks/kubernetes/kubernetes.errors.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from './link.ts'
import { fenceOf, findPlace, type StepDeps } from './step-deps.ts'

/** Under which an operation marks what its steps and their undos apply. */
export const ownEpochs = (input: OperationInput): ReadonlySet<number> =>
  new Set([fenceOf(input, 'do'), fenceOf(input, 'undo')])

/**
 * Before a stack goes in a later step of an operation: what runs in it is as it was compared, or was changed by the operation itself. What is
 * gone, and a cluster that does not answer any more, may be the work of an attempt that was cut off, and stand against nothing. Throws
 * `object.moved`.
 */
export async function refuseMovedInside(
  deps: StepDeps,
  input: StepInput,
  planned: ApprovedPlan | undefined,
): Promise<void> {
  if (planned?.content.cluster !== 'compared' || changeBegins(input.kind, 'stack') === 'destroy-stack') return
  const compared = new Map(planned.content.objects.map(({ object, version }) => [object, version]))
  const moved = (await versionsInside(deps, input)).filter(
    ({ object, version, own }) => compared.has(object) && compared.get(object) !== version && !own,
  )
  if (moved.length > 0) throw refusal(moved.map(({ object }) => object))
}

async function versionsInside(deps: StepDeps, input: StepInput): Promise<(LiveVersion & { own: boolean })[]> {
  const own = ownEpochs(input)
  try {
    const { hands, names } = await findPlace(deps, input)
    const file = `ConfigMap ${names.namespace}/${names.tenantsConfigMap}` // which bears the epoch itself: steps only add to it
    const live = await hands.drift.versions(input.unitId, link())
    return live.map((one) => ({ ...one, own: one.object === file ? one.epoch === input.epoch : own.has(one.epoch) }))
  } catch (error) {
    link().signal.throwIfAborted()
    if (hasCode(error, 'stack.not-built', 'cluster.unreachable', 'cluster.failed')) return []
    throw error
  }
}
