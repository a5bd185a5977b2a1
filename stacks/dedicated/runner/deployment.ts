import { createHash } from 'node:crypto'
import { runnerProblems } from './runner.errors.ts'
import type { StateStore } from './state/state-store.ts'

export type StateResource = {
  urn: string
  type: string
  id?: string
  custom?: boolean
  protect?: boolean
  inputs?: Record<string, unknown>
  outputs?: Record<string, unknown>
  [field: string]: unknown
}
export type Deployment = {
  resources?: StateResource[]
  pending_operations?: { type: string; resource: StateResource }[]
  [field: string]: unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The deployment inside a state's text; undefined when it is none. */
function deploymentOf(text: string): Deployment | undefined {
  try {
    const file: unknown = JSON.parse(text)
    if (!isRecord(file) || !isRecord(file['checkpoint'])) return undefined
    const { latest } = file['checkpoint']
    if (latest === undefined || latest === null) return {} // made, and nothing in it yet
    if (!isRecord(latest)) return undefined
    const lists = [latest['resources'] ?? [], latest['pending_operations'] ?? []]
    return lists.every(Array.isArray) ? latest : undefined
  } catch {
    return undefined
  }
}

/** The state of a stack; undefined when there is none. Fails with `state.corrupt`, and leaves it as it is. */
export async function readState({
  read,
  address,
}: Pick<StateStore, 'read' | 'address'>): Promise<Deployment | undefined> {
  const found = await read('state')
  if (found === undefined) return undefined
  const deployment = deploymentOf(found.text)
  if (deployment) return deployment
  const [state, goodCopy] = [address('state'), address('good')]
  const copy = (await read('good')) === undefined ? 'there is no copy of it' : `the last good copy is ${goodCopy}`
  throw runnerProblems['state.corrupt']({ detail: `${state} cannot be read; ${copy}`, extra: { state, goodCopy } })
}

/** Keeps a copy of the state, if it can be read: the one to go back to when it no longer can. */
export async function keepGoodCopy({ read, write }: Pick<StateStore, 'read' | 'write'>): Promise<void> {
  const found = await read('state')
  if (found !== undefined && deploymentOf(found.text)) await write('good', found.text)
}

/** JSON with its fields in order, so that equal things have equal text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** What of a resource is more than how the engine came to it; a mere look changes times and what it knows of dependencies. */
const LASTING = [
  'urn',
  'type',
  'id',
  'parent',
  'protect',
  'delete',
  'pendingReplacement',
  'initErrors',
  'inputs',
  'outputs',
] as const

/** The engine counts nothing here, so the content is the serial: it changes with the state, and with nothing else. */
export function serialOf(deployment: Deployment | undefined): string {
  const { resources = [], pending_operations: pending = [] } = deployment ?? {}
  const told = (value: unknown) => (Array.isArray(value) && value.length === 0 ? null : (value ?? null))
  const lasting = resources.map((resource) => canonical(LASTING.map((field) => told(resource[field])))).toSorted() // the engine lists them as they came to be ready
  return createHash('sha256').update(canonical({ lasting, pending })).digest('hex').slice(0, 16)
}

/** What the program returned; null where nothing was made of it yet. */
export function outputsOf(deployment: Deployment | undefined): Record<string, string> | null {
  const stack = deployment?.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack')
  const outputs = Object.entries(stack?.outputs ?? {})
  return outputs.length > 0 ? Object.fromEntries(outputs.map(([name, value]) => [name, String(value)])) : null
}

const OWN_TYPES = ['pulumi:pulumi:Stack', 'pulumi:providers:']
/** The resources that somebody asked for. */
export const realResources = (deployment: Deployment | undefined): readonly StateResource[] =>
  (deployment?.resources ?? []).filter(
    ({ type, custom }) => custom === true && !OWN_TYPES.some((own) => type.startsWith(own)),
  )
