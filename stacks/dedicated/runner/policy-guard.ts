import { refuseViolations } from '../policy/policy.ts'
import type { RegisteredResource } from '../policy/registered.ts'
import type { StackRequest } from './stack-run.ts'

/** Whether the target has rules, so that nothing is made before a preview was held against them. */
export const hasRules = ({ program }: Pick<StackRequest, 'program'>): boolean => program.target === 'aws'

/**
 * Holds what a preview would register against the rules of its target. Throws `stack.policy-violated`, naming every violation. Values that
 * only the making of a resource tells are not decided by it.
 */
export function refuseAgainstRules(
  { program }: Pick<StackRequest, 'program'>,
  resources: readonly RegisteredResource[],
): void {
  if (program.target !== 'aws') return
  const { inputs, settings } = program
  refuseViolations(resources, { inputs, ...settings })
}
