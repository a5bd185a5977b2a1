import { CONTRACT_VERSIONS, isSupportedContract, mayRunOn } from '../../control-plane/domain/products.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { REPLICAS, servingPods } from '../steps/chart-use.ts'
import { link, within } from '../steps/link.ts'
import { expandDatabase } from '../steps/migration.ts'
import { checkProduct } from '../steps/product-check.ts'
import { findPlace, ownerOf, type Place, placeOf, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { applyWorkload } from '../steps/workload.ts'
import type { DEPLOY_UNIT } from './deploy-unit.policy.ts'

/** Pods that are ready have loaded the tenants file; this long means that one hangs. */
const LOADED_WITHIN_MS = 60_000

/** Steps that move a unit to another version of its product. While they run, the unit's version is the one it goes to. */
export const deployUnitActivities = (deps: StepDeps): ActivitiesOf<typeof DEPLOY_UNIT> => ({
  async checkRelease(input) {
    await checkRelease(await findPlace(deps, input))
  },
  expandDatabase: (input) => expandDatabase(deps, input),
  async undoExpandDatabase(input) {
    const place = await findPlace(deps, input)
    await place.hands.cluster.removeOwned(ownerOf(input, place, 'migration', 'undo'), link())
  },
  async rollPods(input) {
    await applyWorkload(await findPlace(deps, input), input, 'do')
  },
  undoRollPods: (input) => rollBack(deps, input),
  async verifyVersion(input) {
    await verify(await findPlace(deps, input))
  },
})

/** Whatever would make the deployment fail and can be known before: nothing has been touched when this throws. */
async function checkRelease({ hands, unit }: Place): Promise<void> {
  const { name, product, version, release, contract, state } = unit
  if (state !== 'active')
    throw problems['unit.not-active']({ detail: `${name} is ${state}: only an active unit moves to another version` })
  if (release === null) throw problems['release.unknown']({ detail: `${product} has no registered version ${version}` })
  if (!isSupportedContract(contract)) {
    const detail = `${product} keeps contract ${contract}; this plane operates ${CONTRACT_VERSIONS.join(', ')}`
    throw problems['release.contract-unsupported']({ detail })
  }
  if (!mayRunOn(release, { floor: unit.schemaFloor })) {
    const detail = `${version} knows schema ${release.schema}, the database of ${name} has been through ${unit.schemaFloor}`
    throw problems['release.schema-too-old']({ detail })
  }
  await checkProduct({ hands, unit })
}

/** The version before is wanted again from here on: what the records say and what is applied change in this order. */
async function rollBack(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.restoreVersion(tx, input.unitId)
    return placeOf(deps, tx, input)
  })
  await applyWorkload(place, input, 'undo')
}

/** Every pod serves the version and all tenants that it should. */
async function verify({ hands, unit }: Place): Promise<void> {
  const pods = await hands.cluster.podVersions(servingPods(unit), link())
  const wrong = pods.filter(({ version }) => version !== unit.version)
  if (wrong.length > 0 || pods.length < REPLICAS) {
    const seen = pods.map(({ pod, version }) => `${pod}: ${version}`).join(', ')
    throw problems['unit.wrong-version']({
      detail: `expected ${REPLICAS} pods of version ${unit.version}, found ${seen || 'none'}`,
    })
  }
  const revision = unit.tenantsRevision
  const unconfirmed = (cause: unknown) =>
    problems['publication.unconfirmed']({
      detail: `not every pod of ${unit.name} has loaded revision ${revision} of its tenants file`,
      cause,
    })
  await within(LOADED_WITHIN_MS, unconfirmed, (bounded) =>
    hands.cluster.waitForTenantsRevision({ ...servingPods(unit), revision }, bounded),
  )
}
