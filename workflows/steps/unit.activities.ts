import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import { adoptingOf } from './adopting.ts'
import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import { servingPods, stopped } from './chart-use.ts'
import { limitsOfLogin } from './database-limits.ts'
import { dropDatabase } from './drop-database.ts'
import { applyGuardrails, refuseUnguarded } from './guardrails.ts'
import { link } from './link.ts'
import { expandDatabase } from './migration.ts'
import { checkProduct } from './product-check.ts'
import { fenceOf, findPlace, findUnit, ownerOf, type Part, type Phase, placeOf, type StepDeps } from './step-deps.ts'
import { refuseUnvacated } from './vacated.ts'
import { applyWorkload, workloadObjects } from './workload.ts'

/** Steps that make a unit of any kind, and their undos. */
export const unitActivities = (deps: StepDeps) => {
  const remove = async (input: StepInput, part: Part): Promise<void> => {
    await refuseUnvacated(deps, input)
    const place = await findPlace(deps, input)
    await place.hands.cluster.removeOwned(ownerOf(input, place, part, 'undo'), link())
  }
  return {
    async prepareNamespace(input) {
      const place = await findUnit(deps, input)
      await checkProduct(place)
      await refuseUnguarded(place)
      await applyGuardrails(input, place, 'do', {}, await adoptingOf(deps, input))
    },
    undoPrepareNamespace: (input) => remove(input, 'guardrails'),
    createDatabase: (input) => createDatabase(deps, input),
    async undoCreateDatabase(input) {
      await refuseUnvacated(deps, input)
      await dropDatabase(await findPlace(deps, input), fenceOf(input, 'undo'))
    },
    migrate: (input) => expandDatabase(deps, input),
    undoMigrate: (input) => remove(input, 'migration'),
    deploy: (input) => deploy(deps, input),
    async undoDeploy(input) {
      await remove(input, 'workload')
      if (input.kind === 'tenant.adopt') await removeTenantsFile(deps, input) // its namespace stays
    },
    stopWorkload: (input) => stop(deps, input, 'do'),
    undoStopWorkload: (input) => start(deps, input, 'undo'),
    startWorkload: (input) => start(deps, input, 'do'),
    undoStartWorkload: (input) => stop(deps, input, 'undo'),
  } satisfies Record<string, StepActivity>
}

/** The Secret first: its passwords are made once, so that a repeat gives the logins the same ones. */
async function createDatabase(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, names, unit, tenant } = await findUnit(deps, input)
  const secret = {
    namespace: names.namespace,
    name: names.databaseSecret,
    labels: ownerLabels({ unitId: unit.id, tenant: null }),
    make: () => hands.databases.makeSecret(names),
  }
  const data = await hands.cluster.ensureSecret(secret, link())
  const limits = tenant === null ? undefined : limitsOfLogin(tenant)
  const epoch = fenceOf(input, 'do')
  await hands.databases.create({ names, secret: data, epoch, ...(limits ? { limits } : {}) }, link())
}

/** The tenants file first: a pod without it does not become ready. */
async function deploy(deps: StepDeps, input: StepInput): Promise<void> {
  const { file, ...place } = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    return { ...(await placeOf(deps, tx, input)), file: await deps.publishUnit(tx, input.unitId) }
  })
  const { hands, names, unit } = place
  const { namespace, tenantsConfigMap: configMap } = names
  await hands.cluster.publishTenants(
    { namespace, configMap, unitId: unit.id, unit: unit.name, file, epoch: input.epoch },
    link(),
  )
  await applyWorkload(place, input, 'do', await adoptingOf(deps, input))
}

async function removeTenantsFile(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, names, unit } = await findPlace(deps, input)
  const { namespace, tenantsConfigMap: configMap } = names
  await hands.cluster.removeTenants({ namespace, configMap, unitId: unit.id }, link())
}

/**
 * The same objects without pods: what is drift and what is not stays the same question. The product goes first, in order; then
 * the namespace has no room any more, and what the tenant itself runs in it ends, too.
 */
async function stop(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const place = await findUnit(deps, input)
  const { hands, unit } = place
  const objects = stopped(await workloadObjects(place))
  const kept = await hands.cluster.applyOwned(ownerOf(input, place, 'workload', phase), objects, link())
  if (kept.every(({ kind }) => kind !== 'Deployment')) await hands.cluster.waitForNoPods(servingPods(unit), link())
  await applyGuardrails(input, place, phase, { suspended: true })
}

/** Room first: a pod that is refused is tried again only later and later. */
async function start(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const place = await findUnit(deps, input)
  await applyGuardrails(input, place, phase, { suspended: false })
  await applyWorkload(place, input, phase)
}
