import type { FieldFault } from '../../../control-plane/domain/problem.ts'
import { SLUG_PATTERN, UNIT_NAME_MAX } from '../../../control-plane/domain/slug.ts'
import { stackProblems } from './stack.errors.ts'
import { STACK_SIZES, type StackInputs } from './stack-program.ts'

/** Refuses inputs of a program with `stack.invalid`, which names every faulty field; nothing when there is none. */
export function refuseFaults(fields: readonly FieldFault[]): void {
  if (fields.length === 0) return
  const detail = fields.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`).join('; ')
  throw stackProblems['stack.invalid']({ detail, fields: [...fields] })
}

export const fault = (pointer: string, rule: string, message: string): FieldFault => ({
  pointer: `/${pointer}`,
  rule,
  message,
})

/** What no target takes. */
export function* commonFaults({ tenant, unit, plan, size, region, residency }: StackInputs): Generator<FieldFault> {
  for (const [name, value] of Object.entries({ tenant, unit, plan }))
    if (!new RegExp(SLUG_PATTERN).test(value) || value.length > UNIT_NAME_MAX)
      yield fault(
        name,
        'pattern',
        `'${value}' is no name of lower-case letters, digits and single dashes, ${UNIT_NAME_MAX} at most`,
      )
  if (!STACK_SIZES.includes(size)) yield fault('size', 'enum', `'${size}' is none of ${STACK_SIZES.join(', ')}`)
  if (!residency.includes(region))
    yield fault('region', 'residency', `${region} lies outside the residency (${residency.join(', ')})`)
}
