import type { StackChange } from '../../control-plane/domain/change-plan.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { Owner } from '../../stacks/kubernetes/inventory.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { WantedPart } from '../../stacks/kubernetes/preview.ts'
import { forTenant, migrationChart, routeChart, stopped, workloadChart } from '../steps/chart-use.ts'
import { guardrailObjects } from '../steps/guardrails.ts'
import type { Place, TenantFacts } from '../steps/step-deps.ts'
import { workloadObjects } from '../steps/workload.ts'

/** A unit with the tenant whose own it is, both as they are to be. */
export type PlannedPlace = Place & { tenant: TenantFacts }
/** `live`: the cluster can be asked, so that pods follow the Secret that is there. */
type How = { live: boolean; link: Link }
/** Adopting applies nothing that was not there, and is observed in its own way. */
export type MadeChange = Exclude<StackChange, 'adopt'>
type Parts = (place: PlannedPlace, how: How) => Promise<WantedPart[]>

/** What the steps of each change apply in the cluster, owner by owner. */
const PARTS: Readonly<Record<MadeChange, Parts>> = {
  build: async (place, how) => [await guardrails(place), await workload(place, how), await route(place)],
  update: async (place) => [await guardrails(place)],
  stop: async (place, how) => [halted(await workload(place, how)), await guardrails(place, { suspended: true })],
  start: async (place, how) => [await guardrails(place, { suspended: false }), await workload(place, how)],
  deploy: async (place, how) => [await migration(place), await workload(place, how)],
  async repair(place, how) {
    const product = await workload(place, how)
    const suspended = place.unit.state === 'suspended'
    return [await guardrails(place), suspended ? halted(product) : product, await route(place)]
  },
  rotate: async () => [],
  destroy: async () => [],
}

/** What a change applies in a unit's cluster. */
export const wantedParts = (change: MadeChange, place: PlannedPlace, how: How): Promise<WantedPart[]> =>
  PARTS[change](place, how)

const part = (owner: Pick<Owner, 'tenant' | 'part'>, objects: readonly KubernetesObject[]): WantedPart => ({
  owner,
  objects,
})
const halted = ({ owner, objects }: WantedPart): WantedPart => part(owner, stopped(objects))

async function guardrails(place: PlannedPlace, how: { suspended?: boolean } = {}): Promise<WantedPart> {
  const { unit, tenant } = place
  return part({ tenant: isOwn(unit.kind) ? tenant.id : null, part: unit.kind }, await guardrailObjects(place, how))
}

async function workload(place: PlannedPlace, { live, link }: How): Promise<WantedPart> {
  const { hands, unit } = place
  const objects = live ? await workloadObjects(place, link) : await hands.render(workloadChart(unit))
  return part({ tenant: null, part: 'workload' }, objects)
}

const migration = async ({ hands, unit }: PlannedPlace): Promise<WantedPart> =>
  part({ tenant: null, part: 'migration' }, await hands.render(migrationChart(unit)))

const route = async ({ hands, unit, tenant }: PlannedPlace): Promise<WantedPart> =>
  part({ tenant: tenant.id, part: 'route' }, forTenant(await hands.render(routeChart(unit)), tenant))
