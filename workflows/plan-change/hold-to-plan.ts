import { changeBegins } from '../../control-plane/domain/change-plan.ts'
import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import { canonical } from '../../stacks/kubernetes/canonical.ts'
import { stepName, undoName, type StepActivity, type StepInput } from '../saga/saga.policy.ts'
import { approvedPlan } from '../steps/approved-plan.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { planAround, type Planned } from './make-plan.ts'

const NAMED = 3

/**
 * The same steps, of operations that are planned held to their plan: until the change has begun each first finds everything as it was
 * planned, but for the preview itself, which the engine makes again under its lock (`plan.stale`, before any effect of the step). From
 * then on it goes on, because what moves is its own work. What has not begun is not taken back.
 */
export function heldToPlan<Steps extends Readonly<Record<string, StepActivity>>>(deps: StepDeps, steps: Steps): Steps {
  const held = Object.entries(steps).map(([activity, perform]): [string, StepActivity] => [
    activity,
    async (input) => {
      const begins = changeBegins(input.kind, input.unitKind ?? 'cell')
      if (begins === null) return perform(input)
      const step = stepName(activity)
      if (step === undoName(begins)) {
        if ((await approvedPlan(deps, input))?.begun !== false) await perform(input)
        return
      }
      if (!step.startsWith(undoName(''))) await hold(deps, input, step === begins)
      await perform(input)
    },
  ])
  return Object.fromEntries(held) as Steps // step for step as it was
}

async function hold(deps: StepDeps, input: StepInput, begins: boolean): Promise<void> {
  const approved = await approvedPlan(deps, input)
  if (approved === undefined || approved.begun) return
  await refuseMoved(deps, input, approved)
  if (!begins) return
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.changePlans.begin(tx, approved.planId)
  })
}

async function refuseMoved(deps: StepDeps, input: StepInput, { hash, content }: ApprovedPlan): Promise<void> {
  const now = await planAround(deps, input, content, link())
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
      ...objects.map(({ object, ...rest }) => [object, canonical(rest)] as const),
      ...conflicts.map(({ object, reason }) => [`${object} (${reason})`, ''] as const),
    ])
  const [was, is] = [versions(before), versions(now)]
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name))
  return names.length > 0 ? names : ['its price, its terms, its cluster or whom it touches']
}
