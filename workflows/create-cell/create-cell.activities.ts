import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { dropDatabase } from '../steps/drop-database.ts'
import {
  cellChart,
  migrationChart,
  migrationName,
  REPLICAS,
  servingDeployment,
  servingPods,
  workloadChart,
} from '../steps/chart-use.ts'
import { link } from '../steps/link.ts'
import { fenceOf, findPlace, ownerOf, type Part, placeOf, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { CREATE_CELL } from './create-cell.policy.ts'

/** Steps that make a cell, and their undos. */
export const createCellActivities = (deps: StepDeps): ActivitiesOf<typeof CREATE_CELL> => {
  const remove = async (input: StepInput, part: Part): Promise<void> => {
    const place = await findPlace(deps, input)
    await place.hands.cluster.removeOwned(ownerOf(input, place, part, 'undo'), link())
  }
  return {
    async prepareNamespace(input) {
      const place = await findPlace(deps, input)
      await place.hands.cluster.applyOwned(
        ownerOf(input, place, 'cell', 'do'),
        await place.hands.render(cellChart(place.unit, place.hands.databases.address.port)),
        link(),
      )
    },
    undoPrepareNamespace: (input) => remove(input, 'cell'),
    createDatabase: (input) => createDatabase(deps, input),
    async undoCreateDatabase(input) {
      await dropDatabase(await findPlace(deps, input), fenceOf(input, 'undo'))
    },
    migrate: (input) => migrate(deps, input),
    undoMigrate: (input) => remove(input, 'migration'),
    deploy: (input) => deploy(deps, input),
    undoDeploy: (input) => remove(input, 'workload'),
    verifyCell: (input) => verifyCell(deps, input),
  }
}

/** The Secret first: its passwords are made once, so that a repeat gives the logins the same ones. */
async function createDatabase(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, names, unit } = await findPlace(deps, input)
  const secret = {
    namespace: names.namespace,
    name: names.databaseSecret,
    labels: ownerLabels({ unitId: unit.id, tenant: null }),
    make: () => hands.databases.makeSecret(names),
  }
  const data = await hands.cluster.ensureSecret(secret, link())
  await hands.databases.create({ names, secret: data, epoch: fenceOf(input, 'do') }, link())
}

/** The Job's objects go when it has run: the next migration is another Job. */
async function migrate(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await findPlace(deps, input)
  const { hands, names, unit } = place
  const owner = ownerOf(input, place, 'migration', 'do')
  await hands.cluster.applyOwned(owner, await hands.render(migrationChart(unit)), link())
  await hands.cluster.waitForJob({ namespace: names.namespace, name: migrationName(unit) }, link())
  await hands.cluster.removeOwned(owner, link())
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
  await hands.cluster.applyOwned(
    ownerOf(input, place, 'workload', 'do'),
    await hands.render(workloadChart(unit)),
    link(),
  )
  await hands.cluster.waitForDeployment(servingDeployment(unit), link())
}

async function verifyCell(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, unit } = await findPlace(deps, input)
  const pods = await hands.cluster.podVersions(servingPods(unit), link())
  const wrong = pods.filter(({ version }) => version !== unit.version)
  if (wrong.length === 0 && pods.length >= REPLICAS) return
  const seen = pods.map(({ pod, version }) => `${pod}: ${version}`).join(', ')
  throw problems['unit.wrong-version']({
    detail: `expected ${REPLICAS} pods of version ${unit.version}, found ${seen || 'none'}`,
  })
}
