import { readUrn } from '../provider/urn.ts'
import { changedInputs, type StepMetadata } from './plan.ts'
import type { ResourceDrift } from './stack-run.ts'

/** What a refresh that changes nothing says of one resource; undefined where it is as remembered. */
export function driftOf(step: StepMetadata): ResourceDrift | undefined {
  const { urn, op, old, new: seen } = step
  if (op !== 'update' && op !== 'delete') return undefined
  const { name, type } = readUrn(urn)
  const about = { resource: name, type, protected: old?.protect === true || seen?.protect === true }
  if (op === 'delete') return { ...about, gone: true, fields: [] }
  const fields = changedInputs(step)
    .toSorted()
    .map((field) => ({ name: field, wanted: old?.inputs[field], found: seen?.inputs[field] }))
  return fields.length === 0 ? undefined : { ...about, gone: false, fields } // what it says of itself may change: that is its state
}
