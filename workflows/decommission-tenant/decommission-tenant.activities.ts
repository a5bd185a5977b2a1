import type { Tally } from '../../control-plane/domain/leftover.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { Look } from '../../control-plane/proof/removal-record.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { orderOf } from '../steps/stack-order.ts'
import { refuseLeftovers } from '../steps/leftovers.ts'
import { fenceOf, findTenant, placeOf, tenantIdOf, type StepDeps } from '../steps/step-deps.ts'
import type { DECOMMISSION_TENANT } from './decommission-tenant.policy.ts'

type Own = 'inspectExport' | 'confirmRemoval' | 'undoConfirmRemoval' | 'eraseRows' | 'verifyTenantGone'
type Steps = Pick<ActivitiesOf<typeof DECOMMISSION_TENANT>, Own>

/** The steps of a removal that no other process has; the rest is in steps/. */
export const decommissionTenantActivities = (deps: StepDeps): Steps => ({
  async inspectExport(input) {
    const { names, hands, waived } = await deps.database.transaction(async (tx) => ({
      ...(await placeOf(deps, tx, input)),
      waived: await deps.exports.waived(tx, input.operationId),
    }))
    if (!waived) await hands.databases.inspectExport({ names })
  },
  async confirmRemoval(input) {
    const removal = { tenantId: tenantIdOf(input), operationId: input.operationId }
    await deps.database.transaction(async (tx) => {
      await deps.removal.confirm(tx, removal) // first the tenant's row, as a hold does, then the operation's
      await deps.assertCurrent(tx, input)
    })
  },
  async undoConfirmRemoval(input) {
    const removal = { tenantId: tenantIdOf(input), operationId: input.operationId }
    await deps.database.transaction(async (tx) => {
      await deps.removal.takeBack(tx, removal)
      await deps.assertCurrent(tx, input)
    })
  },
  async eraseRows(input) {
    const { hands, names, tenant } = await findTenant(deps, input)
    await hands.databases.eraseTenant({ names, tenantId: tenant.id, epoch: fenceOf(input, 'do') }, link())
  },
  /** Certified in the transaction that ends the step: a repeat looks anew, and the first certificate counts. */
  async verifyTenantGone(input) {
    const looks = input.unitKind === 'stack' ? await nothingOfStack(deps, input) : await nothingOfTenant(deps, input)
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.recordRemoval(tx, { tenantId: tenantIdOf(input), operationId: input.operationId, looks })
    })
  },
})

async function nothingOfTenant(deps: StepDeps, input: StepInput): Promise<Look[]> {
  const { hands, names, tenant, unit } = await findTenant(deps, input)
  const { id: tenantId, slug, host } = tenant
  const traces = { tenantId, slug, host, unitId: unit.id, unit: unit.name, names, own: isOwn(unit.kind) }
  const look = async (tally: Tally) => [
    ...(await hands.sweep.tenant(traces, link(), tally)),
    ...(traces.own ? await hands.sweep.unit(traces, link(), tally) : []),
    ...(await hands.sweep.stray(traces, link(), tally)),
  ]
  return refuseLeftovers(`tenant ${slug}`, look, 'decommission.residue')
}

/** What was inside went with its cluster; beside it the region is looked through, where the tenant may have been before. */
async function nothingOfStack(deps: StepDeps, input: StepInput): Promise<Look[]> {
  const order = await orderOf(deps, input, 'do')
  const { tenantId, host, stack: unit, region } = order
  const { sweep } = await deps.handsOf(region)
  const { slug } = await deps.database.transaction((tx) => deps.tenantFacts(tx, tenantId))
  const names = unitNames('stack', unit)
  const traces = { tenantId, slug, host, unitId: input.unitId, unit, names, own: true }
  const look = async (tally: Tally) => [
    ...(await deps.stacks.leftovers(order, link(), tally)),
    ...(await sweep.tenant(traces, link(), tally)),
    ...(await sweep.unit(traces, link(), tally)),
    ...(await sweep.stray(traces, link(), tally)),
  ]
  return refuseLeftovers(`tenant ${slug}`, look, 'decommission.residue')
}
