import { comesToBe, type Published } from '../../control-plane/domain/tenant-lifecycle.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { StepActivity, StepInput } from '../saga/saga.policy.ts'
import type { Hands } from '../regions/hands.ts'
import { servingPods, type Unit } from './chart-use.ts'
import { link, within } from './link.ts'
import { placeOf, type StepDeps, tenantIdOf } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/** Pods reload a changed file within 100 ms of the change; this long means that one hangs. */
const LOAD_WITHIN_MS = 60_000

/** Steps that change what a unit's tenants file says of a tenant. A step is done when every pod of the unit has loaded it. */
export const publicationActivities = (deps: StepDeps) =>
  ({
    publishTenant: (input) => publishAs(deps, input, (now) => wanted(input, now)),
    undoPublishTenant: (input) => publishAs(deps, input, (now) => before(input, now), deps.restoreTerms),
    withdrawTenant: (input) => publishAs(deps, input, () => 'absent'),
    undoWithdrawTenant: (input) => publishAs(deps, input, (now) => before(input, now)),
  }) satisfies Record<string, StepActivity>

function wanted({ kind, tenantId }: StepInput, now: Published): Published {
  if (comesToBe(kind)) return 'active'
  if (now === 'absent')
    throw problems['tenant.not-published']({
      detail: `tenant ${tenantId} is not served by its unit; provision it first`,
    })
  if (kind === 'tenant.suspend') return 'suspended'
  return kind === 'tenant.resume' ? 'active' : now // an update changes limits only
}

/** What an undo goes back to; a tenant that was being provisioned was not served before, an update does not change it. */
const before = ({ kind, learned }: StepInput, now: Published): Published =>
  comesToBe(kind) ? 'absent' : (learned.published ?? now)

async function publishAs(
  deps: StepDeps,
  input: StepInput,
  choose: (now: Published) => Published,
  prepare: StepDeps['restoreTerms'] = async () => {},
): Promise<void> {
  const tenantId = tenantIdOf(input)
  const { hands, unit, names, file, published } = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await prepare(tx, input.operationId)
    const said = choose((await deps.tenantFacts(tx, tenantId)).published)
    const place = await placeOf(deps, tx, input)
    return { ...place, published: said, file: await deps.publish(tx, { unitId: input.unitId, tenantId, as: said }) }
  })
  const { namespace, tenantsConfigMap: configMap } = names
  await hands.cluster.publishTenants(
    { namespace, configMap, unitId: unit.id, unit: unit.name, file, epoch: input.epoch },
    link(),
  )
  if (isOwn(unit.kind) && published !== 'active') return // its pods serve nobody then, and are stopped or gone
  await awaitRevision(hands, unit, file.revision)
}

/** Returns when every pod of the unit has loaded the revision. Throws `publication.unconfirmed`. */
export async function awaitRevision(hands: Hands, unit: Unit, revision: number): Promise<void> {
  const unconfirmed = (cause: unknown) =>
    problems['publication.unconfirmed']({
      detail: `not every pod of ${unit.name} has loaded revision ${revision} of its tenants file`,
      cause,
    })
  await within(LOAD_WITHIN_MS, unconfirmed, (bounded) =>
    hands.cluster.waitForTenantsRevision({ ...servingPods(unit), revision }, bounded),
  )
}
