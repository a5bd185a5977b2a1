import {
  findingsOf,
  stackChangeOf,
  type ChangePlan,
  type ClusterSight,
  type ObjectChange,
} from '../../control-plane/domain/change-plan.ts'
import { isMoveKind } from '../../control-plane/domain/moves.ts'
import { settingsOf } from '../../control-plane/domain/region-settings.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { canonical, sha256 } from '../../stacks/kubernetes/canonical.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { nameOf, refOf } from '../../stacks/kubernetes/objects.ts'
import type { StackPreview } from '../regions/stacks.ts'
import { forTenant, namesOf, routeChart, workloadChart } from '../steps/chart-use.ts'
import { guardrailObjects } from '../steps/guardrails.ts'
import { orderOf } from '../steps/stack-order.ts'
import { tenantIdOf, type StepDeps } from '../steps/step-deps.ts'
import { observeAdoption } from '../adopt-tenant/observe-adoption.ts'
import { planHash } from './plan-hash.ts'

export type PlanDeps = Pick<
  StepDeps,
  'database' | 'unitFacts' | 'tenantFacts' | 'regionFacts' | 'handsOf' | 'stacks' | 'tenantPrice'
> & { moves: Pick<StepDeps['moves'], 'open'> }
export type Planned = { content: ChangePlan; hash: string }

/** What the operation would do to its stack, from everything as it is now. Changes nothing. Throws what the looks throw. */
export async function makePlan(deps: StepDeps, input: OperationInput, link: Link): Promise<Planned> {
  if (changeOf(input) === 'adopt') return observeAdoption(deps, input, link)
  const order = await orderOf(deps, input, 'do')
  return planFrom(deps, input, await deps.stacks.preview(order, changeOf(input), link), link)
}

/** The same around a preview that was made before: what it looked at itself is looked at again by the engine, under its lock. */
export async function planFrom(
  deps: PlanDeps,
  input: OperationInput,
  { resources, engineHash, serial, parts }: StackPreview,
  link: Link,
): Promise<Planned> {
  const change = changeOf(input)
  const { stack, occupants, price } = await deps.database.transaction(async (tx) => {
    const unit = await deps.unitFacts(tx, input.unitId)
    return { stack: unit.name, occupants: unit.occupants, price: await priceOf(deps, tx, input) }
  })
  const content: ChangePlan = {
    change,
    stack,
    resources,
    engineHash,
    serial,
    parts,
    ...(await objectsOf(deps, input, link)),
    price,
    blast: { tenants: Math.max(0, occupants - 1) },
    findings: findingsOf(resources),
  }
  return { content, hash: planHash(content) }
}

function changeOf({ kind, unitKind, operationId }: OperationInput) {
  const change = stackChangeOf(kind, unitKind ?? 'cell')
  if (change === null) throw new Error(`operation ${operationId} of kind ${kind} changes no stack`)
  return change
}

/** What the tenant pays a month before and after. One that moves pays somewhere all the while. */
async function priceOf(deps: PlanDeps, tx: Tx, input: OperationInput): Promise<ChangePlan['price']> {
  const tenantId = tenantIdOf(input)
  const { minor: now, currency } = await deps.tenantPrice(tx, tenantId)
  if (!isMoveKind(input.kind))
    return changeOf(input) === 'build'
      ? { fromMinor: 0, toMinor: now, currency }
      : { fromMinor: now, toMinor: 0, currency }
  const move = await deps.moves.open(tx, tenantId)
  const then = await deps.tenantPrice(
    tx,
    tenantId,
    input.kind === 'tenant.move-abort' ? move?.sourceUnitId : move?.targetUnitId,
  )
  return { fromMinor: now, toMinor: then.minor, currency: then.currency }
}

/** Objects that are rendered for the stack's cluster, and those that are there. */
async function objectsOf(
  deps: PlanDeps,
  input: OperationInput,
  link: Link,
): Promise<{ cluster: ClusterSight; objects: ObjectChange[] }> {
  const { cluster, live } = await liveObjects(deps, input, link)
  if (changeOf(input) === 'destroy') {
    const objects = [...live].map(([object, version]) => ({ object, action: 'delete' as const, version, digest: null }))
    return { cluster, objects }
  }
  const rendered = await renderedObjects(deps, input)
  const objects = [...rendered].map(([object, digest]) => {
    const version = live.get(object) ?? null
    return { object, action: version === null ? ('create' as const) : ('update' as const), version, digest }
  })
  return { cluster, objects }
}

/** A cluster that does not answer is no reason against a plan: what is broken must be removable. That it did not is part of the plan. */
async function liveObjects(
  deps: PlanDeps,
  { unitId }: OperationInput,
  link: Link,
): Promise<{ cluster: ClusterSight; live: Map<string, string> }> {
  const { access, region } = await deps.database.transaction(async (tx) => {
    const unit = await deps.unitFacts(tx, unitId)
    return { access: unit.access, region: await deps.regionFacts(tx, unit.region) }
  })
  if (access === null) return { cluster: 'none', live: new Map() }
  try {
    const hands = await deps.handsOf({ name: region.name, settings: settingsOf(region.settings, access) })
    const found = await hands.drift.versions(unitId, link)
    return { cluster: 'compared', live: new Map(found.map(({ object, version }) => [object, version])) }
  } catch {
    link.signal.throwIfAborted()
    return { cluster: 'unreachable', live: new Map() }
  }
}

/** Digests of what a stack's cluster is filled with. Where there is no cluster yet, charts see the addresses of the region. */
async function renderedObjects(deps: PlanDeps, input: OperationInput): Promise<Map<string, string>> {
  const { unit, tenant, region } = await deps.database.transaction(async (tx) => {
    const found = await deps.unitFacts(tx, input.unitId)
    return {
      unit: found,
      region: await deps.regionFacts(tx, found.region),
      tenant: await deps.tenantFacts(tx, tenantIdOf(input), input.unitId),
    }
  })
  const hands = await deps.handsOf({ name: region.name, settings: settingsOf(region.settings, unit.access) })
  const place = { unit, names: namesOf(unit), hands, tenant }
  const all = [
    await guardrailObjects(place),
    await hands.render(workloadChart(unit)),
    forTenant(await hands.render(routeChart(unit)), tenant),
  ].flat()
  return new Map(all.map((object) => [nameOf(refOf(object)), sha256(canonical(object))]))
}
