import { hasRisen } from '../provider/local-kinds.ts'
import { readUrn } from '../provider/urn.ts'
import { changedInputs, type StepMetadata } from './plan.ts'
import type { ResourceDrift } from './stack-run.ts'

/** What a refresh that changes nothing says of one resource; undefined where it is as remembered. */
export function driftOf(step: StepMetadata): ResourceDrift | undefined {
  const { op, old, new: seen } = step
  if (op === 'delete') return { ...aboutOf(step), gone: true, fields: [] }
  return op === 'update' ? changed(step, { wanted: old?.inputs, found: seen?.inputs }) : undefined
}

/** The same of what a preview would do, where the state itself holds what was found: a repair that was cut off leaves that behind. */
export function undoneOf(step: StepMetadata): ResourceDrift | undefined {
  const { op, old, new: wanted } = step
  if (/create|replace/.test(op)) return { ...aboutOf(step), gone: old === undefined, fields: [] }
  return op === 'update' ? changed(step, { wanted: wanted?.inputs, found: old?.inputs }) : undefined
}

const aboutOf = ({ urn, old, new: after }: StepMetadata) => {
  const { name, type } = readUrn(urn)
  return { resource: name, type, protected: old?.protect === true || after?.protect === true }
}

type Inputs = Readonly<Record<string, unknown>> | undefined
function changed(step: StepMetadata, { wanted, found }: { wanted: Inputs; found: Inputs }): ResourceDrift | undefined {
  const about = aboutOf(step)
  const fields = changedInputs(step)
    .toSorted()
    .map((name) => ({ name, wanted: wanted?.[name], found: found?.[name] }))
    .filter((field) => !hasRisen(about.type, field.name, field))
  return fields.length === 0 ? undefined : { ...about, gone: false, fields } // what it says of itself may change: that is its state
}
