import { createHash } from 'node:crypto'
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { readUrn } from '../provider/urn.ts'
import type { Plan, PlanStep } from './stack-run.ts'
import { canonical, type StateResource } from './deployment.ts'

/** What the engine says of one step. */
export type StepMetadata = NonNullable<EngineEvent['resourcePreEvent']>['metadata']

/** The engine's own bookkeeping is nobody's change. */
const ENGINE_OWN = 'pulumi:'

const order = ({ resource, type, operation }: PlanStep): string => `${type}\0${resource}\0${operation}`

/** The inputs that differ between what there is and what there is to be: a provider need not name them. */
export function changedInputs({ diffs, old, new: after }: StepMetadata): readonly string[] {
  if (diffs && diffs.length > 0) return diffs
  if (!old || !after) return []
  const names = [...new Set([...Object.keys(old.inputs ?? {}), ...Object.keys(after.inputs ?? {})])]
  return names.filter((name) => canonical(old.inputs[name] ?? null) !== canonical(after.inputs[name] ?? null))
}

export function planStepOf(step: StepMetadata): PlanStep {
  const { urn, op, keys, old, new: after } = step
  const { name, type } = readUrn(urn)
  return {
    resource: name,
    type,
    operation: op,
    changed: [...changedInputs(step)].toSorted(),
    replacedFor: [...(keys ?? [])].toSorted(),
    wanted: after ? digestOf(after.inputs) : null,
    protected: old?.protect === true || after?.protect === true,
  }
}

/** The end of a resource that the state lists. */
export function deletionOf({ urn, protect }: StateResource): PlanStep {
  const { name, type } = readUrn(urn)
  const nothing = { changed: [], replacedFor: [], wanted: null }
  return { resource: name, type, operation: 'delete', ...nothing, protected: protect === true }
}

/** A plan of these steps, in an order that does not depend on which of them the engine looked at first. */
export function planOf(stack: string, steps: readonly PlanStep[], serial: string): Plan {
  const sorted = steps
    .filter(({ type }) => !type.startsWith(ENGINE_OWN))
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  return { steps: sorted, serial, hash: digestOf({ stack, serial, steps: sorted }) }
}

/** Values count, not only names: a plan for another value of the same input is another plan. Secrets come here already hidden. */
const digestOf = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex')
