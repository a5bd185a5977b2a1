import type { CreateResult, ReadResult } from '@pulumi/pulumi/provider/index.js'
import { requestResource, untilGone, untilReady, type Patience } from './await-resource.ts'
import { begunError } from './coded-error.ts'
import { LOCAL_KINDS, type LocalKind } from './local-kinds.ts'
import { providerProblems } from './provider.errors.ts'
import type { TargetResource } from './target-client.ts'
import { readUrn } from './urn.ts'

export type Properties = Record<string, unknown>
/** What an act needs: the target, and how long it may wait for a kind of resource. */
export type ActContext = Pick<Patience, 'client' | 'say' | 'signal'> & { withinMs: (kind: LocalKind) => number }

/** The kind of a resource. Fails with `target.refused` for one that is not ours. */
export function kindOf(urn: string): LocalKind {
  const { type } = readUrn(urn)
  const kind = LOCAL_KINDS[type]
  if (kind) return kind
  throw providerProblems['target.refused']({ detail: `there is no ${type}` })
}

/** Whose the resources of a stack are, at the target. */
export function ownerOf(urn: string): string {
  const { project, stack } = readUrn(urn)
  return `${project}/${stack}`
}

const inputsOf = (kind: LocalKind, properties: Properties): Properties =>
  Object.fromEntries(Object.keys(kind.inputs).map((name) => [name, properties[name]]))

/** What the state keeps: what was asked for and where to find it. What changes by itself is observed, never remembered. */
const stateOf = (kind: LocalKind, seen: TargetResource): Properties => ({
  name: seen.name,
  ...inputsOf(kind, seen.inputs),
  outputs: { ...seen.outputs },
})

const patienceOf = (kind: LocalKind, context: ActContext): Patience => ({
  ...context,
  withinMs: context.withinMs(kind),
})

/** Makes a resource, takes in one that this stack has made before, or gives it other inputs; and waits until it is ready. */
export async function makeResource(urn: string, properties: Properties, context: ActContext): Promise<CreateResult> {
  const kind = kindOf(urn)
  const name = String(properties['name'])
  const at = { kind: kind.kind, name }
  const wanted = inputsOf(kind, properties)
  const patience = patienceOf(kind, context)
  await requestResource(at, wanted, ownerOf(urn), patience)
  try {
    return { id: name, outs: stateOf(kind, await untilReady(at, patience)) }
  } catch (error) {
    throw begunError(error, name, { name, ...wanted, outputs: {} })
  }
}

/** What there is of it now. Gone is what is going, and what belongs to somebody else. */
export async function readResource(
  id: string,
  urn: string,
  remembered: Properties,
  { client, signal }: ActContext,
): Promise<ReadResult> {
  const kind = kindOf(urn)
  const seen = await client.get({ kind: kind.kind, name: id }, signal)
  if (!seen || seen.state === 'deleting' || seen.owner !== ownerOf(urn)) return { id: '', props: {} }
  const props = stateOf(kind, seen)
  // Not known for now, as while it starts anew, is no difference; and what was never seen ready is not taken for made.
  if (seen.state !== 'ready') props['outputs'] = remembered['outputs'] ?? {}
  return { id, props, inputs: { name: id, ...inputsOf(kind, seen.inputs) } }
}

/** Ends it and waits until nothing is left. What somebody else has made of the name since is not ours to end. */
export async function endResource(id: string, urn: string, context: ActContext): Promise<void> {
  const kind = kindOf(urn)
  const at = { kind: kind.kind, name: id }
  const seen = await context.client.get(at, context.signal)
  if (!seen || seen.owner !== ownerOf(urn)) return
  await context.client.remove(at, ownerOf(urn), context.signal)
  await untilGone(at, patienceOf(kind, context))
}

/** Whether it was begun and never seen ready: a run that was cut off left it so, and the next one waits for it. */
export const isUnfinished = ({ outputs }: Properties): boolean =>
  typeof outputs !== 'object' || outputs === null || Object.keys(outputs).length === 0
