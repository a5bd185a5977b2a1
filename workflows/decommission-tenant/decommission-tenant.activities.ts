import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { ActivitiesOf } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { orderOf } from '../steps/stack-order.ts'
import { refuseLeftovers } from '../steps/leftovers.ts'
import { fenceOf, findTenant, type StepDeps } from '../steps/step-deps.ts'
import type { DECOMMISSION_TENANT } from './decommission-tenant.policy.ts'

type Steps = Pick<ActivitiesOf<typeof DECOMMISSION_TENANT>, 'eraseRows' | 'verifyTenantGone'>

/** The steps of a removal that no other process has; the rest is in steps/. */
export const decommissionTenantActivities = (deps: StepDeps): Steps => ({
  async eraseRows(input) {
    const { hands, names, tenant } = await findTenant(deps, input)
    await hands.databases.eraseTenant({ names, tenantId: tenant.id, epoch: fenceOf(input, 'do') }, link())
  },
  async verifyTenantGone(input) {
    if (input.unitKind === 'stack') {
      const order = await orderOf(deps, input, 'do')
      return refuseLeftovers(`tenant ${order.stack}`, () => deps.stacks.leftovers(order, link()))
    }
    const { hands, names, tenant, unit } = await findTenant(deps, input)
    const traces = {
      tenantId: tenant.id,
      slug: tenant.slug,
      host: tenant.host,
      unitId: unit.id,
      unit: unit.name,
      names,
    }
    await refuseLeftovers(`tenant ${tenant.slug}`, async () => [
      ...(await hands.sweep.tenant(traces, link())),
      ...(isOwn(unit.kind) ? await hands.sweep.unit(traces, link()) : []),
    ])
  },
})
