import { differencesText, isOfStack, isRepairable, type Difference } from '../../control-plane/domain/drift.ts'
import { recordDrift } from '../../control-plane/features/drift/drift.report.ts'
import { assertInService } from '../../control-plane/features/drift/drift.reconcile.ts'
import { repairsStore } from '../../control-plane/features/drift/drift.repairs-store.ts'
import { compareWhole } from '../drift/compare.ts'
import { wholeStack } from '../drift/whole-stack.ts'
import { wholeUnit, type WholeUnit } from '../drift/whole-unit.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { limitsOfLogin } from '../steps/database-limits.ts'
import { emptyNamespace, guardrailObjects } from '../steps/guardrails.ts'
import { link } from '../steps/link.ts'
import { fenceOf, ownerOf, type StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { RECONCILE_STACK } from './reconcile-unit.policy.ts'
import { repairRoutes } from './repair-routes.ts'
import { repairWorkload } from './repair-workload.ts'

type Repair = (whole: WholeUnit, input: StepInput, found: readonly Difference[]) => Promise<void>

/** Steps that repair a unit. Where nothing that is ours differs, nothing is touched. */
export const reconcileUnitActivities = (deps: StepDeps): ActivitiesOf<typeof RECONCILE_STACK> => {
  const where = (repair: Repair) => async (input: StepInput) => {
    const { whole, found } = await deps.database.transaction(async (tx) => ({
      whole: await wholeUnit(deps, tx, input.unitId),
      found: (await repairsStore.found(tx, input.operationId)).filter(isRepairable),
    }))
    if (found.length > 0) await repair(whole, input, found)
  }
  return {
    findDrift: (input) => findDrift(deps, input),
    repairStack: (input) => repairStack(deps, input),
    repairNamespace: where(repairNamespace),
    repairDatabase: where(repairDatabase),
    repairWorkload: where((whole, input) => repairWorkload(deps, whole, input)),
    repairRoutes: where(repairRoutes),
    verifyInSync: (input) => verifyInSync(deps, input),
  }
}

async function findDrift(deps: StepDeps, input: StepInput): Promise<void> {
  const { operationId, unitId } = input
  const whole = await deps.database.transaction((tx) => wholeUnit(deps, tx, unitId))
  assertInService(whole.unit) // it may have been retired while this waited
  const stack = await compareStack(deps, input)
  // what runs on parts that are gone is looked at when they are there again
  const inside = stack?.some(({ what }) => what === 'missing') ? undefined : await compareWhole(whole, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await repairsStore.begin(tx, operationId, unitId, [...(stack ?? []), ...(inside ?? [])])
    await recordDrift(tx, unitId, { ...(stack && { stack }), ...(inside && { inside }) })
  })
}

const orderOf = (deps: StepDeps, { unitId, ...input }: StepInput) =>
  deps.database.transaction((tx) => wholeStack(deps, tx, unitId, fenceOf({ ...input, unitId }, 'do')))

/** What the parts of a stack differ in; undefined for every other unit. */
async function compareStack(deps: StepDeps, input: StepInput): Promise<Difference[] | undefined> {
  const order = await orderOf(deps, input)
  return order && deps.stacks.compare(order, link())
}

/** The parts first; what runs on them is then looked at again, because it may be on new ones. */
async function repairStack(deps: StepDeps, input: StepInput): Promise<void> {
  const { operationId, unitId } = input
  const found = await deps.database.transaction((tx) => repairsStore.found(tx, operationId))
  const parts = found.filter(isOfStack)
  const order = await orderOf(deps, input)
  if (order === undefined || parts.length === 0) return
  const access = await deps.stacks.repair(order, link())
  const whole = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, unitId, access)
    return wholeUnit(deps, tx, unitId)
  })
  const inside = await compareWhole(whole, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await repairsStore.begin(tx, operationId, unitId, [...parts, ...inside])
  })
}

async function repairNamespace(whole: WholeUnit, input: StepInput): Promise<void> {
  const owner = ownerOf({ ...input, tenantId: whole.tenant?.id ?? null }, whole, 'guardrails', 'do')
  const objects = await guardrailObjects(whole)
  await whole.hands.cluster.repairOwned(owner, objects, link())
  if (whole.unit.state === 'suspended') await emptyNamespace(whole, objects)
}

/** The Secret first: its passwords are what the logins must accept. */
async function repairDatabase({ hands, names, unit, tenant }: WholeUnit, input: StepInput): Promise<void> {
  const secret = await hands.cluster.repairSecret(
    {
      namespace: names.namespace,
      name: names.databaseSecret,
      owner: { unitId: unit.id, tenant: null },
      make: () => hands.databases.makeSecret(names),
      holds: (key, value) => hands.databases.holds(names, key, value),
    },
    link(),
  )
  const limits = tenant === null ? undefined : limitsOfLogin(tenant)
  const epoch = fenceOf(input, 'do')
  await hands.databases.repair({ names, secret, epoch, ...(limits ? { limits } : {}) }, link())
}

/** What was seen last is kept whatever it is. Throws `unit.still-drifts`, which names what of ours still differs. */
async function verifyInSync(deps: StepDeps, input: StepInput): Promise<void> {
  const { operationId, unitId } = input
  const whole = await deps.database.transaction((tx) => wholeUnit(deps, tx, unitId))
  const stack = await compareStack(deps, input)
  const inside = await compareWhole(whole, link())
  const remaining = [...(stack ?? []), ...inside]
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await repairsStore.end(tx, operationId, remaining)
    await recordDrift(tx, unitId, { inside, ...(stack && { stack }) })
  })
  const ours = remaining.filter(isRepairable)
  if (ours.length > 0)
    throw problems['unit.still-drifts']({ detail: `${whole.unit.name} still differs: ${differencesText(ours)}` })
}
