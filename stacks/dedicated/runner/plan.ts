import { createHash } from 'node:crypto'
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { readUrn } from '../provider/urn.ts'
import type { Plan, PlanStep } from './stack-run.ts'
import { canonical } from './state-files.ts'

/** What the engine says of one step. */
type Metadata = NonNullable<EngineEvent['resourcePreEvent']>['metadata']

/** The engine's own bookkeeping is nobody's change. */
const ENGINE_OWN = 'pulumi:'

const order = ({ resource, type, operation }: PlanStep): string => `${type}\0${resource}\0${operation}`

export function planStepOf({ urn, op, diffs, keys, old, new: after }: Metadata): PlanStep {
  const { name, type } = readUrn(urn)
  return {
    resource: name,
    type,
    operation: op,
    changed: [...(diffs ?? [])].toSorted(),
    replacedFor: [...(keys ?? [])].toSorted(),
    protected: old?.protect === true || after?.protect === true,
  }
}

/** A plan of these steps, in an order that does not depend on which of them the engine looked at first. */
export function planOf(stack: string, steps: readonly PlanStep[], serial: string): Plan {
  const sorted = steps
    .filter(({ type }) => !type.startsWith(ENGINE_OWN))
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const hash = createHash('sha256')
    .update(canonical({ stack, serial, steps: sorted }))
    .digest('hex')
  return { steps: sorted, serial, hash }
}
