import { ownerLabels } from '../../stacks/kubernetes/objects.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { approvedPlan } from '../steps/approved-plan.ts'
import { limitsOfLogin } from '../steps/database-limits.ts'
import { refuseUnguarded } from '../steps/guardrails.ts'
import { link } from '../steps/link.ts'
import { checkProduct } from '../steps/product-check.ts'
import { fenceOf, findPlace, findTenant, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { ADOPT_INSTANCE } from './adopt-tenant.policy.ts'

type Own = Pick<
  ActivitiesOf<typeof ADOPT_INSTANCE>,
  'beginAdoption' | 'undoBeginAdoption' | 'takeDatabase' | 'undoTakeDatabase' | 'endAdoption'
>

/** Steps that only an adoption has, and their undos; what it shares with a provision is in `unitActivities`. */
export const adoptTenantActivities = (deps: StepDeps): Own => ({
  beginAdoption: (input) => beginAdoption(deps, input),
  undoBeginAdoption: (input) =>
    deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.noteAdopted(tx, input.unitId, false)
    }),
  takeDatabase: (input) => takeDatabase(deps, input),
  undoTakeDatabase: (input) => giveDatabaseBack(deps, input),
  async endAdoption(input) {
    const { hands } = await findPlace(deps, input)
    await hands.adoption.keep(input.unitId, link())
  },
})

/** Before the first effect: everything is as it was observed. Names of the unit are those that were adopted from here on. */
async function beginAdoption(deps: StepDeps, input: StepInput): Promise<void> {
  if ((await approvedPlan(deps, input)) === undefined)
    throw problems['adoption.unobserved']({ detail: `operation ${input.operationId} names nothing that was observed` })
  const place = await findPlace(deps, input)
  await checkProduct(place)
  await refuseUnguarded(place)
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAdopted(tx, input.unitId, true)
  })
}

/** How the database is comes into the records before anything of it is changed: it is what a way back gives it again. */
async function takeDatabase(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, names, unit, tenant } = await findTenant(deps, input)
  const seen = unit.foundDatabase ?? (await hands.adoption.describe(names))
  if (seen === undefined) throw problems['plan.stale']({ detail: `database ${names.database} is gone` })
  const found = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteFound(tx, input.unitId, seen)
    return (await deps.unitFacts(tx, input.unitId)).foundDatabase ?? seen
  })
  const data = await hands.cluster.ensureSecret(
    {
      namespace: names.namespace,
      name: names.databaseSecret,
      labels: ownerLabels({ unitId: unit.id, tenant: null }),
      make: () => hands.databases.makeSecret(names),
    },
    link(),
  )
  const limits = limitsOfLogin(tenant)
  const epoch = fenceOf(input, 'do')
  await hands.adoption.takeDatabase({ names, secret: data, epoch, found, ...(limits ? { limits } : {}) }, link())
}

/** Where nothing was noted, nothing was taken. */
async function giveDatabaseBack(deps: StepDeps, input: StepInput): Promise<void> {
  const { hands, names, unit } = await findPlace(deps, input)
  const { foundDatabase: found } = unit
  if (found !== null) await hands.adoption.giveDatabaseBack({ names, epoch: fenceOf(input, 'undo'), found }, link())
  const labels = ownerLabels({ unitId: unit.id, tenant: null })
  await hands.cluster.removeSecret({ namespace: names.namespace, name: names.databaseSecret, labels }, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteFound(tx, input.unitId, null)
  })
}
