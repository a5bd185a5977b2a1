import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import type { Approved } from '../regions/stacks.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { orderOf } from '../steps/stack-order.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { makePlan, planFrom, type Planned } from './make-plan.ts'

const NAMED = 3

/**
 * Before the first effect of an operation: everything that was looked at when it was planned is still so, but for the preview
 * itself, which the engine makes again under its lock. Once that was found the operation goes on, because what moves then is its
 * own work. Null: nothing was planned, because it was asked for before there were plans. Throws `plan.stale`.
 */
export async function holdToPlan(deps: StepDeps, input: StepInput): Promise<Approved | null> {
  const approved = await deps.database.transaction((tx) => deps.changePlans.approved(tx, input.operationId))
  if (approved === undefined) return null
  const { planId, content, release, begun } = approved
  if (!begun) {
    await refuseMoved(deps, input, approved)
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.changePlans.begin(tx, planId)
    })
  }
  return { engineHash: content.engineHash, release }
}

async function refuseMoved(deps: StepDeps, input: StepInput, { hash, content }: ApprovedPlan): Promise<void> {
  if (content.change === 'adopt') return refuseOther(hash, content, await makePlan(deps, input, link()))
  const { resources, engineHash, serial } = content
  const parts = await deps.stacks.parts(await orderOf(deps, input, 'do'), link())
  const now = await planFrom(deps, input, { resources, engineHash, serial, parts }, link())
  refuseOther(hash, content, now)
}

function refuseOther(hash: string, content: Planned['content'], now: Planned): void {
  if (now.hash === hash) return
  const moved = movedBetween(content, now.content)
  const more = moved.length > NAMED ? `, and ${moved.length - NAMED} more` : ''
  throw problems['plan.stale']({ detail: `not as it was planned: ${moved.slice(0, NAMED).join(', ')}${more}` })
}

/** What is not as it was, by name. */
function movedBetween(before: Planned['content'], now: Planned['content']): string[] {
  const versions = ({ parts, objects, conflicts = [] }: Planned['content']) =>
    new Map([
      ...parts.map(({ part, version }) => [part, `${version}`] as const),
      ...objects.map(({ object, version, digest }) => [object, `${version} ${digest}`] as const),
      ...conflicts.map(({ object, reason }) => [`${object} (${reason})`, ''] as const),
    ])
  const [was, is] = [versions(before), versions(now)]
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name))
  return names.length > 0 ? names : ['its price, its cluster or whom it touches']
}
