import { changeBegins } from '../../control-plane/domain/change-plan.ts'
import { processOf } from '../../control-plane/domain/operation-kinds.ts'
import type { ApprovedPlan } from '../../control-plane/features/operations/operations.plans-store.ts'
import { canonical } from '../../stacks/kubernetes/canonical.ts'
import { hasCode } from '../../stacks/kubernetes/kubernetes.errors.ts'
import { stepName, undoName, type StepActivity, type StepInput } from '../saga/saga.policy.ts'
import { approvedPlan } from '../steps/approved-plan.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { heldHands } from './held-hands.ts'
import { planAround, type Planned } from './make-plan.ts'

const NAMED = 3

/**
 * The same steps, of operations that are planned held to their plan: until the change has begun each first finds everything as it was
 * planned, but for the preview itself, which the engine makes again under its lock (`plan.stale`, before any effect of the step). From
 * then on each finds what it is about to write as it was compared, unless the operation wrote it itself; where it does not, it writes nothing
 * (`plan.stale`, too). What has not begun is not taken back, and what somebody else has changed is left to them.
 */
export function heldToPlan<Deps extends StepDeps, Steps extends Readonly<Record<string, StepActivity>>>(
  deps: Deps,
  stepsOf: (deps: Deps) => Steps,
): Steps {
  const steps = stepsOf(deps)
  const held = Object.entries(steps).map(([activity, perform]): [string, StepActivity] => [
    activity,
    async (input) => {
      const begins = changeBegins(input.kind, input.unitKind ?? 'cell')
      const approved = begins === null ? undefined : await approvedPlan(deps, input)
      if (begins === null || approved === undefined) return perform(input)
      const step = stepName(activity)
      if (step === undoName(begins) && !approved.begun) return
      if (!approved.begun && !step.startsWith(undoName(''))) await hold(deps, input, approved, step === begins)
      const bound: Deps = {
        ...deps,
        handsOf: async (region) => heldHands(await deps.handsOf(region), input, approved.content),
      }
      const performed = stepsOf(bound)[activity]?.(input)
      await performed?.catch((error: unknown) => {
        throw hasCode(error, 'object.moved') ? stopped(error, input, step) : error
      })
    },
  ])
  return Object.fromEntries(held) as Steps // step for step as it was
}

async function hold(deps: StepDeps, input: StepInput, approved: ApprovedPlan, begins: boolean): Promise<void> {
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
  throw problems['plan.stale']({
    detail: `not as it was planned: ${moved.slice(0, NAMED).join(', ')}${more}; nothing was changed. Retry the operation: it is planned again`,
  })
}

/** Says where an operation that was under way has stopped, and what becomes of what it had done. */
function stopped(cause: Error, { kind, unitKind }: StepInput, step: string) {
  const { steps, pointOfNoReturn } = processOf(kind, unitKind ?? 'cell')
  const names = steps.map((one) => one.step)
  const at = names.indexOf(step)
  const forwardOnly = pointOfNoReturn !== null && at >= names.indexOf(pointOfNoReturn)
  const before = names.slice(0, at)
  const done = before.length === 0 ? 'nothing was done before it' : `done before it: ${before.join(', ')}`
  const then = forwardOnly ? 'which stays' : 'of which is taken back what can be'
  return problems['plan.stale']({
    detail:
      `not as it was planned: ${cause.message}; ${step} has left it as it is (${done}${before.length === 0 ? '' : `, ${then}`}). ` +
      'Look at who changed it, then retry the operation: it is planned again from what is there',
    cause,
  })
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
