import { settingsOf } from '../../control-plane/domain/region-settings.ts'
import type { TenantKeyAt } from '../../control-plane/platform/tenant-keys.ts'
import { tenantKeyAt } from '../../control-plane/platform/tenant-keys.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import { wholeStack } from '../drift/whole-stack.ts'
import type { BackupSite } from '../regions/stack-backups.ts'
import type { StackOrder } from '../regions/stacks.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { namesOf } from './chart-use.ts'
import { fenceOf, type Phase, type StepDeps, type UnitFacts } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/** A stack with its parts: `key` undefined where nothing says how its key is used from here. */
export type StackSite = {
  unit: UnitFacts
  order: StackOrder
  site: BackupSite
  keyName: string
  key: TenantKeyAt | undefined
}

/** The stack of an operation on a unit. Throws `stack.not-built` and `unit.vacant`. */
export const stackSiteOf = (deps: StepDeps, input: StepInput, phase: Phase): Promise<StackSite> =>
  deps.database.transaction(async (tx) => {
    const unit = await deps.unitFacts(tx, input.unitId)
    if (unit.kind !== 'stack' || unit.access === null)
      throw problems['stack.not-built']({ detail: `${unit.name} has no parts of its own yet, or no more` })
    const order = await wholeStack(deps, tx, unit.id, fenceOf(input, phase))
    if (order === undefined) throw problems['unit.vacant']({ detail: `${unit.name} serves no tenant` })
    const settings = settingsOf(order.region.settings, unit.access)
    const keyName = resourceName(unit.name, 'key')
    const site = { stack: unit.name, database: namesOf(unit).database, settings }
    return { unit, order, site, keyName, key: tenantKeyAt(order.region.settings.stackTarget, keyName) }
  })
