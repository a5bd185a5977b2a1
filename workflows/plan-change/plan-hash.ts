import type { ChangePlan } from '../../control-plane/domain/change-plan.ts'
import { canonical, sha256 } from '../../stacks/kubernetes/canonical.ts'

const sorted = (all: readonly object[]): string[] => all.map((one) => canonical(one)).toSorted()

/**
 * Over everything that must not have moved between the plan and its first effect: the preview's steps and the state's serial (in
 * the engine's own hash), the live parts at the target, rendered manifests, the live objects they were compared with, and what
 * it costs and touches. The order in which things were found does not matter. SHA-256, hexadecimal.
 */
export function planHash(plan: ChangePlan): string {
  const { resources, parts, objects, findings, ...rest } = plan
  return sha256(canonical(rest), ...[resources, parts, objects, findings].map((all) => canonical(sorted(all))))
}
