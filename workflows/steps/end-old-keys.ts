import { endable } from '../../control-plane/domain/backups.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { StackSite } from './backup-site.ts'
import { link } from './link.ts'
import type { StepDeps } from './step-deps.ts'

/**
 * Destroys generations of a stack's key that open nothing which is kept, on record before it is done. Only generations that the plane
 * itself has rotated away from: of others it does not know what they seal. New things are sealed by the newest, so what opens nothing now
 * never will.
 */
export async function endOldKeys(
  deps: StepDeps,
  input: StepInput,
  { unit, site, order, keyName }: StackSite,
): Promise<void> {
  const { newest, generations: there } = await deps.stackBackups.keyState(site, link())
  const ending = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    const needed = await deps.stackKeys.needed(tx, unit.id, keyName)
    const due = endable(Math.min(unit.keyGeneration, newest), needed).filter((one) => there.includes(one))
    if (due.length > 0)
      await deps.stackKeys.noteEnding(tx, { ...unit, tenantId: order.tenantId }, due, input.operationId)
    return due
  })
  if (ending.length > 0) await deps.stackBackups.endGenerations(site, ending, link())
}
