import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import { scratchNames } from '../../stacks/postgres/scratch-names.ts'
import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import { productChart, servingDeployment, servingPods } from '../steps/chart-use.ts'
import { link } from '../steps/link.ts'
import { fenceOf, findPlace, ownerOf, type Phase, type Place, placeOf, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { CHECK_TENANTS } from './check-tenants.ts'
import type { CHECK_UNIT } from './check-unit.policy.ts'

/** Secret with the URLs of the scratch database. */
const SCRATCH_SECRET = 'check-database'

/** Steps that hold a unit against the product contract. */
export const checkUnitActivities = (deps: StepDeps): ActivitiesOf<typeof CHECK_UNIT> => ({
  prepareCheck: (input) => prepare(deps, input),
  undoPrepareCheck: (input) => remove(deps, input, 'undo'),
  runClauses: (input) => run(deps, input),
  removeCheck: (input) => remove(deps, input, 'do'),
})

const secretOf = ({ unit, names }: Place) => ({
  namespace: names.namespace,
  name: SCRATCH_SECRET,
  labels: ownerLabels({ unitId: unit.id, tenant: null }),
})

/** A silo takes no tenant beside its own: what needs others is not checked there. */
const tenantsFor = ({ unit }: Place): readonly PublishedTenant[] =>
  isOwn(unit.kind) ? [] : Object.values(CHECK_TENANTS)

async function prepare(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await findPlace(deps, input)
  const { unit, names, hands } = place
  if (unit.state !== 'active')
    throw problems['unit.not-active']({ detail: `${unit.name} is ${unit.state}: only an active unit can be checked` })
  await publish(deps, input, tenantsFor(place))
  const scratch = scratchNames(names)
  const make = () => hands.databases.makeSecret(scratch)
  const secret = await hands.cluster.ensureSecret({ ...secretOf(place), make }, link())
  await hands.databases.create({ names: scratch, secret, epoch: fenceOf(input, 'do') }, link())
}

/** The unit's tenants file as its rows say, and these tenants beside them. Returns its revision. */
async function publish(deps: StepDeps, input: StepInput, beside: readonly PublishedTenant[]): Promise<number> {
  const { file, hands, unit, names } = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    return { ...(await placeOf(deps, tx, input)), file: await deps.publishUnit(tx, input.unitId) }
  })
  const { namespace, tenantsConfigMap: configMap } = names
  const whole = { ...file, tenants: [...file.tenants, ...beside] }
  await hands.cluster.publishTenants(
    { namespace, configMap, unitId: unit.id, unit: unit.name, file: whole, epoch: input.epoch },
    link(),
  )
  return file.revision
}

/** What was seen is signed in the transaction that ends the step: a repeat looks anew, and the first record counts. */
async function run(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await findPlace(deps, input)
  const { unit, names, hands } = place
  const own = await deps.database.transaction((tx) => deps.ownTenant(tx, unit.id))
  const { served, suspended, limited } = CHECK_TENANTS
  const silo = isOwn(unit.kind)
  const checks = await hands.checkContract(
    {
      unit,
      names,
      pods: servingPods(unit),
      deployment: servingDeployment(unit),
      use: (values) => productChart(unit, values),
      served: silo && own ? { slug: own.slug, hosts: [own.host] } : served,
      suspended: silo ? null : suspended,
      limited: silo ? null : limited,
      revision: unit.tenantsRevision,
      silo: silo ? { publish: (second) => publish(deps, input, second ? [served] : []) } : null,
      jobs: { owner: ownerOf(input, place, 'check', 'do'), secret: SCRATCH_SECRET },
    },
    link(),
  )
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.recordContract(tx, { operationId: input.operationId, unit, checks })
  })
}

/** In this order, because the migration's pods need what is taken away after them. */
async function remove(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  await publish(deps, input, [])
  const place = await findPlace(deps, input)
  const { names, hands } = place
  await hands.cluster.removeOwned(ownerOf(input, place, 'check', phase), link())
  await hands.databases.drop({ names: scratchNames(names), epoch: fenceOf(input, phase) }, link())
  await hands.cluster.removeSecret(secretOf(place), link())
}
