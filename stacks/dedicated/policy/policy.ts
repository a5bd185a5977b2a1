import { stackProblems } from '../programs/stack.errors.ts'
import { clusterRules } from './cluster-rules.ts'
import { commonRules, knownKinds, onePinnedProvider } from './common-rules.ts'
import { databaseRules, replicated } from './database-rules.ts'
import { iamRules } from './iam-rules.ts'
import { databasesUnrouted, defaultGroupEmptied, flowLogged, networkRules, zoned } from './network-rules.ts'
import { isUnknown, type RegisteredResource } from './registered.ts'
import type { PolicyScope, ResourceRule, StackRule } from './rule.ts'
import { backedUp, storageRules } from './storage-rules.ts'

export const RESOURCE_RULES: readonly ResourceRule[] = [
  ...commonRules,
  ...databaseRules,
  ...clusterRules,
  ...networkRules,
  ...storageRules,
  ...iamRules,
]
export const STACK_RULES: readonly StackRule[] = [
  knownKinds,
  onePinnedProvider,
  replicated,
  flowLogged,
  defaultGroupEmptied,
  zoned,
  databasesUnrouted,
  backedUp,
]

export type Finding = { rule: string; urn: string; says: string }
/** `undecided`: values that only the making of resources tells; ask again with the events of the update, as they come. */
export type Verdict = { violations: Finding[]; undecided: Finding[] }

/** What of a stack on AWS breaks a rule. Pure: the same registered resources have the same verdict. */
export function checkPolicy(resources: readonly RegisteredResource[], scope: PolicyScope): Verdict {
  const verdict: Verdict = { violations: [], undecided: [] }
  for (const resource of resources)
    for (const rule of RESOURCE_RULES) if (rule.kinds.includes(resource.type)) judge(rule, resource, scope, verdict)
  for (const { id, check } of STACK_RULES)
    for (const { urn, fault, undecided } of check(resources, scope))
      verdict[undecided ? 'undecided' : 'violations'].push({ rule: id, urn, says: fault })
  return verdict
}

function judge(rule: ResourceRule, resource: RegisteredResource, scope: PolicyScope, verdict: Verdict): void {
  const { id, reads, fault } = rule
  const { urn, inputs } = resource
  const unknown = reads.filter((name) => isUnknown(inputs[name]))
  if (unknown.length > 0) {
    verdict.undecided.push({ rule: id, urn, says: `${unknown.join(', ')} is not known yet` })
    return
  }
  const says = fault(inputs, scope, resource)
  if (says !== undefined) verdict.violations.push({ rule: id, urn, says })
}

/** Throws `stack.policy-violated` with every violation when there is one; to be called before every update. */
export function refuseViolations(resources: readonly RegisteredResource[], scope: PolicyScope): Verdict {
  const verdict = checkPolicy(resources, scope)
  const { violations } = verdict
  if (violations.length > 0)
    throw stackProblems['stack.policy-violated']({
      detail: violations.map(({ rule, urn, says }) => `${urn.split('::').at(-1)}: ${says} (${rule})`).join('; '),
      extra: { violations },
    })
  return verdict
}
