import { Problem } from '../../control-plane/domain/problem.ts'
import type { ResourceChange } from '../../control-plane/domain/change-plan.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import { planOf } from '../../stacks/dedicated/runner/plan.ts'
import { runStack } from '../../stacks/dedicated/runner/run-stack.ts'
import type {
  StackEvent,
  StackOperation,
  Plan,
  PlanStep,
  StackRequest,
  StackResult,
} from '../../stacks/dedicated/runner/stack-run.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { stackDifferences } from './stack-drift.ts'
import { accessOf, partsOf, resourcesLeft } from './stack-parts.ts'
import { requestOf, type Running, targetOf, toolsOf, type StackTools } from './stack-request.ts'
import type { Approved, Stacks, StackSubject } from './stacks.ts'

/** Shorter than an attempt of the step, so that the engine is ended by its own deadline and says so. */
const DEADLINE_MS = 14 * 60_000
/** A look changes nothing, so that it may be given up sooner. */
const LOOK_WITHIN_MS = 90_000
/** What was previewed is mostly made at once; where somebody has to approve first the runner need not wait. */
const KEEP_MS = 10_000
/** Everything of the stack is asked to go, also what is protected: that was decided before the step. */
const PROTECTED = ['key', 'db'] as const

/** Stacks of the local target. Without tools each call is refused with `stack.not-configured`. */
export function localStacks(tools: StackTools | undefined): Stacks {
  return {
    async preview(subject, change, link) {
      const plan = await previewed(tools, subject, change, link)
      const { steps, hash, serial } = plan
      return { resources: steps.map(changeOf), engineHash: hash, serial, parts: await partsOf(subject, link) }
    },
    parts: partsOf,
    async build(order, approved, link) {
      const target = targetOf(order)
      await run(tools, order, 'up', link, heldTo(approved))
      return accessOf(target, order.stack, link)
    },
    async compare(order, link) {
      const { drift } = await runStack({
        ...requestOf(toolsOf(tools), order),
        operation: 'drift',
        signal: link.signal,
        onEvent: telling(link),
        deadlineMs: LOOK_WITHIN_MS,
      })
      return stackDifferences(drift ?? [], order.tenantId)
    },
    async repair(order, link) {
      await run(tools, order, 'reconcile', link)
      return accessOf(targetOf(order), order.stack, link)
    },
    async destroy(order, approved, link) {
      const release = PROTECTED.map((part) => resourceName(order.stack, part))
      await run(tools, order, 'destroy', link, approved ? heldTo(approved) : { release }).catch((error: unknown) => {
        if (!hasCode(error, 'state.unknown')) throw error // nothing was ever built
      })
    },
    leftovers: resourcesLeft,
  }
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Problem && error.code === code

/** Of a stack that was never made nothing can be destroyed: that is a plan, too. */
async function previewed(
  tools: StackTools | undefined,
  subject: StackSubject,
  change: 'build' | 'destroy',
  link: Link,
): Promise<Plan> {
  const operation = change === 'build' ? 'preview' : 'preview-destroy'
  const looked = await run(tools, { ...subject, epoch: null }, operation, link).catch((error: unknown) => {
    if (!hasCode(error, 'state.unknown')) throw error
  })
  return looked?.plan ?? planOf(subject.stack, [], 'none')
}

const changeOf = ({ resource, type, operation, ...change }: PlanStep): ResourceChange => ({
  changed: change.changed,
  replacedFor: change.replacedFor,
  wanted: change.wanted,
  protected: change.protected,
  resource,
  kind: type,
  action: operation,
})

/** The engine previews again under its lock, and refuses what is not what was agreed to. */
const heldTo = (approved: Approved | null): Pick<StackRequest, 'planHash' | 'release'> =>
  approved === null ? {} : { planHash: approved.engineHash, release: approved.release }

/** One run of the engine; a run that was cut off before is made good first. */
async function run(
  tools: StackTools | undefined,
  order: Running,
  operation: StackOperation,
  link: Link,
  held: Pick<StackRequest, 'planHash' | 'release'> = {},
): Promise<StackResult> {
  const request = { ...requestOf(toolsOf(tools), order), operation, ...held }
  const keepMs = operation === 'preview' ? KEEP_MS : 0
  const told = { signal: link.signal, onEvent: telling(link), deadlineMs: DEADLINE_MS, keepMs }
  try {
    return await runStack({ ...request, ...told })
  } catch (error) {
    if (!hasCode(error, 'stack.interrupted')) throw error
    await runStack({ ...request, ...told, operation: 'repair' })
    return runStack({ ...request, ...told })
  }
}

const telling =
  (link: Link) =>
  (event: StackEvent): void => {
    const message =
      event.type === 'progress' ? event.message : `${event.phase}: ${event.operation} ${event.kind} ${event.resource}`
    link.onEvent?.({ message })
  }
