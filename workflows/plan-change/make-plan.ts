import {
  BY_ENGINE,
  findingsOf,
  type ChangePlan,
  type ClusterSight,
  type ObjectChange,
  type ResourceChange,
} from '../../control-plane/domain/change-plan.ts'
import type { Difference } from '../../control-plane/domain/drift.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { canonical, sha256 } from '../../stacks/kubernetes/canonical.ts'
import { hasCode } from '../../stacks/kubernetes/kubernetes.errors.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { nameOf, refOf } from '../../stacks/kubernetes/objects.ts'
import type { WantedPart } from '../../stacks/kubernetes/preview.ts'
import type { StackPreview } from '../regions/stacks.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { changeOf, lookAt, type Look, type LookDeps } from './look.ts'
import { observeAdoption } from './observe-adoption.ts'
import { planHash } from './plan-hash.ts'
import { wantedParts } from './wanted-parts.ts'

type PlanDeps = LookDeps & Pick<StepDeps, 'stacks'>
export type Planned = { content: ChangePlan; hash: string }

/** What the operation would do to its stack, from everything as it is now. Changes nothing. Throws what the looks throw. */
export const makePlan = (deps: StepDeps, input: OperationInput, link: Link): Promise<Planned> =>
  planFrom(deps, input, (look) => previewOf(deps, look, link), link)

/**
 * The same around a preview that was made before, whose parts are looked at again: what else it looked at the engine looks at itself, under
 * its lock.
 */
export function planAround(
  deps: StepDeps,
  input: OperationInput,
  { resources, engineHash, serial, parts }: StackPreview,
  link: Link,
): Promise<Planned> {
  const again = async ({ subject }: Look): Promise<StackPreview> => ({
    resources,
    engineHash,
    serial,
    parts: parts.length === 0 ? [] : await deps.stacks.parts(subject, link),
  })
  return planFrom(deps, input, again, link)
}

async function planFrom(
  deps: StepDeps,
  input: OperationInput,
  preview: (look: Look) => Promise<StackPreview>,
  link: Link,
): Promise<Planned> {
  if (changeOf(input) === 'adopt') return observeAdoption(deps, input, link)
  const look = await lookAt(deps, input)
  const { change, place, terms, price, blast } = look
  const [made, objects] = await Promise.all([preview(look), objectsOf(look, link)]) // both take seconds
  const content: ChangePlan = {
    change,
    stack: place.unit.name,
    ...made,
    ...objects,
    terms,
    price,
    blast,
    findings: findingsOf(made.resources, price),
  }
  return { content, hash: planHash(content) }
}

const NOTHING: StackPreview = { resources: [], engineHash: '', serial: '', parts: [] }
/** What the change does to what a stack is made of, and what there is of it; what only changes what runs in a unit does nothing. */
async function previewOf({ stacks }: PlanDeps, { change, subject, place }: Look, link: Link): Promise<StackPreview> {
  if (place.unit.kind !== 'stack') return NOTHING
  if (BY_ENGINE.has(change)) return stacks.preview(subject, change === 'destroy' ? 'destroy' : 'build', link)
  if (change !== 'repair') return NOTHING
  const found = await stacks.compare({ ...subject, epoch: null }, link)
  const resources = repairsOf(found)
  return { resources, engineHash: sha256(canonical(found)), serial: '', parts: await stacks.parts(subject, link) }
}

/** A repair gives back what was taken: what is gone comes to be again, what was changed is changed back. */
function repairsOf(found: readonly Difference[]): ResourceChange[] {
  const names = [...new Set(found.filter(({ what }) => what !== 'unknown').map(({ object }) => object))]
  return names.map((name) => {
    const ofIt = found.filter(({ object }) => object === name)
    const [kind = '', resource = name] = name.split(' ')
    return {
      resource,
      kind,
      action: ofIt.some(({ what }) => what === 'missing') ? 'create' : 'update',
      changed: ofIt.flatMap(({ path }) => path ?? []).toSorted(),
      replacedFor: [],
      wanted: sha256(canonical(ofIt.map(({ path, wanted }) => [path, wanted]))),
      protected: ofIt.some((one) => one.protected === true),
    }
  })
}

/**
 * What applying would be refused with. Any other fault means a cluster that does not answer, which is no reason against a plan: what is
 * broken must be removable. That it did not answer is part of the plan.
 */
const REFUSED = [
  'cluster.refused',
  'cluster.quota-exceeded',
  'cluster.kind-unknown',
  'object.foreign',
  'object.mislabelled',
  'chart.invalid',
  'chart.impure',
] as const

/** What the cluster says that applying would do, object by object. */
async function objectsOf(
  { change, place, built }: Look,
  link: Link,
): Promise<{ cluster: ClusterSight; objects: readonly ObjectChange[] }> {
  const blind = async () => unseen(await wantedParts(change, place, { live: false, link }))
  if (!built) return { cluster: 'none', objects: await blind() }
  const { hands, unit } = place
  try {
    if (change === 'destroy') return { cluster: 'compared', objects: gone(await hands.drift.versions(unit.id, link)) }
    const parts = await wantedParts(change, place, { live: true, link })
    const how = change === 'repair' ? 'repair' : 'apply'
    const objects = await hands.drift.preview({ unit: unit.name, unitId: unit.id, parts, how }, link)
    return { cluster: 'compared', objects }
  } catch (error) {
    link.signal.throwIfAborted()
    if (hasCode(error, ...REFUSED)) throw error
    return { cluster: 'unreachable', objects: await blind() }
  }
}

const gone = (live: readonly { object: string; version: string }[]): ObjectChange[] =>
  live.map(({ object, version }) => ({ object, action: 'delete', version, digest: null, fields: [] }))

/** Where nothing can be compared everything is to be made. */
const unseen = (parts: readonly WantedPart[]): ObjectChange[] =>
  parts
    .flatMap(({ objects }) => objects)
    .map((object) => ({
      object: nameOf(refOf(object)),
      action: 'create',
      version: null,
      digest: sha256(canonical(object)),
      fields: [],
    }))
