import { Problem } from '../../control-plane/domain/problem.ts'
import { ownKeyContext } from '../../control-plane/features/exports/exports.keep.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { approvedPlan } from '../steps/approved-plan.ts'
import { stackSiteOf } from '../steps/backup-site.ts'
import { endOldKeys } from '../steps/end-old-keys.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import type { ROTATE_KEY } from './rotate-key.policy.ts'

/** Steps that give the key of a stack a new generation. */
export const rotateKeyActivities = (deps: StepDeps): ActivitiesOf<typeof ROTATE_KEY> => ({
  rotateKey: (input) => rotate(deps, input),
  rewrapKeys: (input) => rewrap(deps, input),
  endOldKeys: async (input) => endOldKeys(deps, input, await stackSiteOf(deps, input, 'do')),
})

/** Wanted first, so that everything which builds the stack from then on asks for the same; one rotated by hand past it stays. */
async function rotate(deps: StepDeps, input: StepInput): Promise<void> {
  const planned = await approvedPlan(deps, input)
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.stackKeys.raise(tx, input.unitId, input.operationId)
  })
  const { order, site } = await stackSiteOf(deps, input, 'do')
  const held = planned === undefined ? null : { engineHash: planned.content.engineHash, release: planned.release }
  const access = await deps.stacks.build(order, held, link())
  const { newest } = await deps.stackBackups.keyState(site, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.noteAccess(tx, input.unitId, access)
    await deps.stackKeys.reached(tx, input.unitId, newest)
  })
}

/**
 * Exports name their wrapping in a row, and get a new one. Backups name it in their file, which is not written over: they keep theirs
 * until their time is over. What does not open is said and holds nothing up.
 */
async function rewrap(deps: StepDeps, input: StepInput): Promise<void> {
  const { order, unit, key } = await stackSiteOf(deps, input, 'do')
  if (key === undefined) return
  const { tenantId } = order
  const exports = await deps.database.transaction((tx) => deps.exports.ownKeyed(tx, tenantId))
  for (const one of exports) {
    if (one.wrappedBy !== key.name || one.keyGeneration === unit.keyGeneration) continue
    const context = ownKeyContext(tenantId, one.operationId)
    const now = await deps.tenantKeys.rewrap(key, one.wrappedKey, context).catch((error: unknown) => {
      if (!(error instanceof Problem && error.code === 'tenant-key.refused')) throw error
    })
    if (now === undefined) {
      link().onEvent?.({ message: `export ${one.id} opens with no key any more` })
      continue
    }
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.exports.rewrapped(tx, tenantId, one, now)
    })
  }
}
