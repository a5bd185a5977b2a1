import { endable } from '../../control-plane/domain/backups.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { StackSite } from './backup-site.ts'
import { link } from './link.ts'
import type { StepDeps } from './step-deps.ts'

/**
 * Destroys generations of a stack's key that open nothing which is kept. Only generations that the plane itself has rotated away from: of
 * others it does not know what they seal. New things are sealed by the newest, so what opens nothing now never will.
 */
export async function endOldKeys(deps: StepDeps, input: StepInput, { unit, site, keyName }: StackSite): Promise<void> {
  const generations = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    return endable(unit.keyGeneration, await deps.stackKeys.needed(tx, unit.id, keyName))
  })
  if (generations.length > 0) await deps.stackBackups.endGenerations(site, generations, link())
}
