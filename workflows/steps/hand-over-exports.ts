import { ownKeyContext } from '../../control-plane/features/exports/exports.keep.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { tenantKeyAt } from '../../control-plane/platform/tenant-keys.ts'
import type { StackOrder } from '../regions/stacks.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from './link.ts'
import type { StepDeps } from './step-deps.ts'

/**
 * Before a stack goes, and its key with it: exports that only this key opens are sealed with the plane's, so that what is kept by right
 * opens for as long as it is kept. What the key does not open any more it never will: that is said, and holds nothing up.
 */
export async function handOverExports(deps: StepDeps, input: StepInput, order: StackOrder): Promise<void> {
  const { tenantId, region } = order
  const waiting = await deps.database.transaction((tx) => deps.exports.ownKeyed(tx, tenantId))
  for (const one of waiting) {
    const at = tenantKeyAt(region.settings.stackTarget, one.wrappedBy)
    const dataKey = at && (await opened(deps, at, one, tenantId))
    if (dataKey === undefined) {
      link().onEvent?.({ message: `export ${one.id} opens with no key any more` })
      continue
    }
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.exports.handOver(tx, tenantId, one, dataKey)
    })
  }
}

type At = NonNullable<ReturnType<typeof tenantKeyAt>>
type One = { operationId: string; wrappedKey: string }
async function opened(
  { tenantKeys }: StepDeps,
  at: At,
  { operationId, wrappedKey }: One,
  tenantId: string,
): Promise<Buffer | undefined> {
  try {
    return await tenantKeys.unwrap(at, wrappedKey, ownKeyContext(tenantId, operationId))
  } catch (error) {
    if (error instanceof Problem && error.code === 'tenant-key.refused') return undefined
    throw error
  }
}
