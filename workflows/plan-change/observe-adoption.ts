import type { ChangePlan, Conflict } from '../../control-plane/domain/change-plan.ts'
import { claim } from '../../control-plane/domain/orphan.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { Adoptable } from '../../stacks/kubernetes/adoption.ts'
import { migrationChart, namesOf, workloadChart } from '../steps/chart-use.ts'
import { guardrailObjects } from '../steps/guardrails.ts'
import { findTenant, ownerOf, type Part, type Place, type StepDeps, type TenantFacts } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { routeObjects } from '../steps/route-objects.ts'
import { planHash } from './plan-hash.ts'

/** What an adoption would do, from everything as it is now, and what stands against it. Changes nothing. Throws what the looks throw. */
export async function observeAdoption(
  deps: StepDeps,
  input: OperationInput,
  link: Link,
): Promise<{ content: ChangePlan; hash: string }> {
  const found = await findTenant(deps, { ...input, learned: {} })
  const { adopts } = found.unit
  if (adopts === null)
    throw problems['adoption.unobserved']({ detail: `${found.unit.name} was asked to adopt nothing` })
  const unit = { ...found.unit, given: adopts }
  const place = { ...found, unit, names: namesOf(unit) }
  const { hands, names, tenant } = place
  const seen = await hands.adoption.observe(await adoptable(place, input), link)
  const database = await hands.adoption.observeDatabase({
    names,
    tenantId: tenant.id,
    begun: unit.foundDatabase !== null,
  })
  const { price, known } = await deps.database.transaction(async (tx) => ({
    price: await deps.tenantPrice(tx, tenant.id),
    known: await deps.readKnown(tx),
  }))
  const whose = [names.database, database.owner].flatMap((name): Conflict[] => {
    const label = name === null ? undefined : known.get(claim.sql(name))?.label
    return label === undefined || label.startsWith(`${unit.kind} ${unit.name} (`)
      ? []
      : [{ object: `database ${names.database}`, reason: `${name} is of ${label}` }]
  })
  const content: ChangePlan = {
    change: 'adopt',
    stack: unit.name,
    resources: database.resources,
    engineHash: '',
    serial: '',
    parts: database.parts,
    cluster: 'compared',
    objects: seen.objects,
    terms: [],
    price: { fromMinor: 0, toMinor: price.minor, currency: price.currency, quotedMinor: price.quotedMinor },
    blast: { tenants: 0 },
    findings: [],
    conflicts: [...seen.conflicts, ...database.conflicts, ...whose],
  }
  return { content, hash: planHash(content) }
}

/** Everything that would be applied in the namespace, by whose it would be. */
async function adoptable(place: Place & { tenant: TenantFacts }, input: OperationInput): Promise<Adoptable> {
  const { hands, names, unit, tenant } = place
  const by = (part: Part) => ownerOf(input, place, part, 'do')
  const ref = (kind: string, name: string) => ({ apiVersion: 'v1', kind, namespace: names.namespace, name })
  return {
    namespace: names.namespace,
    parts: [
      { owner: by('guardrails'), objects: await guardrailObjects(place, { suspended: false }) },
      { owner: by('migration'), objects: await hands.render(migrationChart(unit)) },
      { owner: by('workload'), objects: await hands.render(workloadChart(unit)) },
      { owner: by('route'), objects: await routeObjects(place, tenant) },
    ],
    written: [ref('Secret', names.databaseSecret), ref('ConfigMap', names.tenantsConfigMap)],
  }
}
