import type { ChangePlan, StackChange } from '../../control-plane/domain/change-plan.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Held } from '../../stacks/kubernetes/held.ts'
import type { Owner } from '../../stacks/kubernetes/inventory.ts'
import type { Hands, UnitCluster } from '../regions/hands.ts'
import { fenceOf } from '../steps/step-deps.ts'
import { ownEpochs } from '../steps/unmoved.ts'

/** Where what is applied does not depend on what the operation itself makes on its way: a Secret, a database, a cluster. */
const RENDERED_AS_PLANNED: ReadonlySet<StackChange> = new Set(['update', 'stop', 'start', 'deploy'])

/**
 * The same hands, which write into the unit of an operation only what it was planned with: until it has written an object itself, that is as
 * it was compared, or the step is refused before it writes anything (`object.moved`). Undos leave what moved to whom it was changed by.
 */
export function heldHands(hands: Hands, input: OperationInput, content: ChangePlan): Hands {
  const holding = (owner: Owner): Held | undefined =>
    owner.unitId === input.unitId ? heldBy(input, content, owner.epoch) : undefined
  const applyOwned: UnitCluster['applyOwned'] = (owner, objects, link, minding) =>
    hands.cluster.applyOwned(owner, objects, link, { ...minding, held: holding(owner) })
  const repairOwned: UnitCluster['repairOwned'] = (owner, objects, link) =>
    hands.cluster.repairOwned(owner, objects, link, holding(owner))
  return { ...hands, cluster: { ...hands.cluster, applyOwned, repairOwned } }
}

/** Undefined where nothing was compared: an adoption, which is held in its own way, or a cluster that was not there or did not answer. */
function heldBy(input: OperationInput, { change, cluster, objects }: ChangePlan, epoch: number): Held | undefined {
  if (change === 'adopt' || cluster !== 'compared') return undefined
  const digests = objects.flatMap(({ object, digest }) => (digest === null ? [] : [[object, digest] as const]))
  return {
    versions: new Map(objects.map(({ object, version }) => [object, version])),
    digests: RENDERED_AS_PLANNED.has(change) && !isUndo(input, epoch) ? new Map(digests) : null,
    epochs: ownEpochs(input),
    moved: isUndo(input, epoch) ? 'leave' : 'refuse',
  }
}

const isUndo = (input: OperationInput, epoch: number): boolean => epoch === fenceOf(input, 'undo')
