import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import { isMoveKind } from '../../control-plane/domain/moves.ts'
import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import { link, within } from './link.ts'
import { fenceOf, findEdge, findTenant, ownerOf, type Phase, type StepDeps } from './step-deps.ts'
import { routeObjects } from './route-objects.ts'
import { problems } from './steps.errors.ts'

const ANSWER_WITHIN_MS = 45_000
/** Answers with the tenant it serves (product contract). */
const WHOAMI = '/whoami'

/** Steps that lead a tenant's host name to its unit, and away from it. */
export const trafficActivities = (deps: StepDeps) =>
  ({
    applyRoute: (input) => applyRoute(deps, input, 'do'),
    async undoApplyRoute(input) {
      await refuseServed(deps, input)
      await removeRoute(deps, input, 'undo')
    },
    removeRoute: (input) => removeRoute(deps, input, 'do'),
    undoRemoveRoute: (input) => unlessAbsent(input, () => applyRoute(deps, input, 'undo')),
    openEdge: (input) => openEdge(deps, input, 'do'),
    undoOpenEdge: (input) =>
      input.kind === 'tenant.resume' ? refuseAtEdge(deps, input, 'undo') : closeEdge(deps, input, 'undo'),
    refuseAtEdge: (input) => refuseAtEdge(deps, input, 'do'),
    undoRefuseAtEdge: (input) => openEdge(deps, input, 'undo'),
    closeEdge: (input) => closeEdge(deps, input, 'do'),
    undoCloseEdge: (input) => unlessAbsent(input, () => reopenEdge(deps, input)),
    probeServing: (input) => probe(deps, input, (slug) => (status, body) => status === 200 && whoami(body) === slug),
    probeRefusing: (input) => probe(deps, input, () => (status) => status === 403),
  }) satisfies Record<string, StepActivity>

/** A route that a moved tenant is served by stays. */
async function refuseServed(deps: StepDeps, input: StepInput): Promise<void> {
  if (!isMoveKind(input.kind)) return
  const { tenant, unit } = await findTenant(deps, input)
  if (tenant.unitId === unit.id) throw problems['unit.occupied']({ detail: `${unit.name} serves the tenant: it stays` })
}

/** A tenant that was never served gets no route and no open edge from an undo either. */
const unlessAbsent = async ({ learned }: StepInput, restore: () => Promise<void>): Promise<void> => {
  if (learned.published !== 'absent') await restore()
}

export async function applyRoute(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const found = await findTenant(deps, input)
  const objects = await routeObjects(found, found.tenant)
  await found.hands.cluster.applyOwned(ownerOf(input, found, 'route', phase), objects, link())
}

export async function removeRoute(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const found = await findTenant(deps, input)
  await found.hands.cluster.removeOwned(ownerOf(input, found, 'route', phase), link())
}

export async function openEdge(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const { hands, tenant, unit } = await findTenant(deps, input)
  const { host, id, limits } = tenant
  const { requestsPerSecond, burst } = limits
  const route = {
    host,
    unit: unit.name,
    tenant: id,
    epoch: fenceOf(input, phase),
    limits: { requestsPerSecond, burst },
  }
  await hands.edge.open(route)
}

/** Of a suspended instance nothing runs: the edge answers in its place. */
async function refuseAtEdge(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const { hands, tenant, unit } = await findTenant(deps, input)
  const epoch = fenceOf(input, phase)
  await hands.edge.open({ host: tenant.host, unit: unit.name, tenant: tenant.id, epoch, refusing: true })
}

/** As the tenant is published now: a suspended instance stays refused, whatever its limits. */
export async function showAtEdge(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const { unit, tenant } = await findTenant(deps, input)
  const refused = isOwn(unit.kind) && tenant.published === 'suspended'
  await (refused ? refuseAtEdge(deps, input, phase) : openEdge(deps, input, phase))
}

/** As it was before it was closed. */
async function reopenEdge(deps: StepDeps, input: StepInput): Promise<void> {
  const refused = isOwn(input.unitKind ?? 'cell') && input.learned.published === 'suspended'
  await (refused ? refuseAtEdge(deps, input, 'undo') : openEdge(deps, input, 'undo'))
}

async function closeEdge(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const { edge, tenant } = await findEdge(deps, input)
  await edge.close({ host: tenant.host, tenant: tenant.id, epoch: fenceOf(input, phase) })
}

type Expectation = (status: number, body: string) => boolean

async function probe(deps: StepDeps, input: StepInput, expecting: (slug: string) => Expectation): Promise<void> {
  const { edge, tenant } = await findEdge(deps, input) // the place that a move gives up may be gone already
  let last = 'nothing'
  const expected = expecting(tenant.slug)
  const expect: Expectation = (status, body) => {
    last = `HTTP ${status}`
    return expected(status, body)
  }
  const unanswered = (cause: unknown) =>
    problems['probe.unanswered']({
      detail: `${tenant.host} answered ${last} for ${ANSWER_WITHIN_MS / 1000} s; check gateway and edge`,
      cause,
    })
  await within(ANSWER_WITHIN_MS, unanswered, (bounded) =>
    edge.probe({ host: tenant.host, path: WHOAMI, expect }, bounded),
  )
}

/** The tenant that an answer claims to be; undefined when it is none of ours. */
function whoami(body: string): unknown {
  try {
    const answer: unknown = JSON.parse(body)
    return typeof answer === 'object' && answer !== null && 'tenant' in answer ? answer.tenant : undefined
  } catch {
    return undefined
  }
}
