import type { AwsTarget } from '../programs/aws/aws-target.ts'
import type { StackInputs } from '../programs/stack-program.ts'
import type { RegisteredResource } from './registered.ts'

/** What was asked for: the rules compare what is registered with it. */
export type PolicyScope = {
  inputs: StackInputs
  target: AwsTarget
  /** The stack is to be destroyed, by approval: its guards may be let go, everything else holds. */
  leaving?: boolean
}

type Inputs = RegisteredResource['inputs']

/** A rule about each resource of some kinds. */
export type ResourceRule = {
  id: string
  kinds: readonly string[]
  /** Inputs whose values decide; while one of them is unknown, so is whether the rule is kept. */
  reads: readonly string[]
  /** What is wrong, in words; undefined when nothing is. */
  fault: (inputs: Inputs, scope: PolicyScope, resource: RegisteredResource) => string | undefined
}

/** A rule about the stack as a whole: what must be there, and how resources belong together. */
export type StackRule = {
  id: string
  check: (resources: readonly RegisteredResource[], scope: PolicyScope) => Generator<StackFault>
}
/** `undecided`: only the making of resources tells. */
export type StackFault = { urn: string; fault: string; undecided?: true }

/** Whether an input was given at all, known or not. */
export const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== ''

/** Reads a nested input; undefined where anything on the way is missing. */
export function read(inputs: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    inputs,
  )
}

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isSet(value) ? [value] : [])

/** A rule that inputs have exactly these values. */
export const mustBe = (
  id: string,
  kinds: readonly string[],
  wanted: Readonly<Record<string, string | number | boolean>>,
): ResourceRule => ({
  id,
  kinds,
  reads: Object.keys(wanted),
  fault: (inputs) => {
    const wrong = Object.entries(wanted).filter(([name, value]) => inputs[name] !== value)
    return wrong.length > 0
      ? wrong.map(([name, value]) => `${name} must be ${String(value)}, not ${String(inputs[name])}`).join('; ')
      : undefined
  },
})

/** A rule that inputs were given, for example the key that encrypts. */
export const mustHave = (id: string, kinds: readonly string[], ...names: readonly string[]): ResourceRule => ({
  id,
  kinds,
  reads: [],
  fault: (inputs) => {
    const missing = names.filter((name) => !isSet(inputs[name]))
    return missing.length > 0 ? `${missing.join(', ')} must be set` : undefined
  },
})

export const ofKind = (resources: readonly RegisteredResource[], kind: string): RegisteredResource[] =>
  resources.filter(({ type }) => type === kind)

/** A rule that AWS itself refuses to delete it, until the stack is to go. */
export const undeletable = (id: string, kind: string): ResourceRule => ({
  id,
  kinds: [kind],
  reads: ['deletionProtection'],
  fault: ({ deletionProtection }, { leaving }) =>
    deletionProtection === true || leaving ? undefined : 'deletionProtection must be true',
})
