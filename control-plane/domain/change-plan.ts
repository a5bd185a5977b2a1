import type { ApprovalRule } from './approvals.ts'
import { processOf, type OperationKind } from './operation-kinds.ts'
import type { UnitKind } from './unit-kinds.ts'

/** What a change does to a stack as a whole; `adopt`: it takes over what is there, of which nothing was made by the plane. */
export const STACK_CHANGES = ['build', 'destroy', 'adopt'] as const
export type StackChange = (typeof STACK_CHANGES)[number]

const CHANGING: Readonly<Record<string, StackChange>> = {
  'build-stack': 'build',
  'destroy-stack': 'destroy',
  'take-database': 'adopt',
}

/** What an operation does to what its unit is made of; null: nothing that is planned first. */
export function stackChangeOf(kind: OperationKind, unit: UnitKind): StackChange | null {
  return processOf(kind, unit).steps.flatMap(({ step }) => CHANGING[step] ?? [])[0] ?? null
}

/** One resource of the stack's program, and what becomes of it; `wanted`: digest of its inputs afterwards. */
export type ResourceChange = {
  resource: string
  kind: string
  action: string
  changed: readonly string[]
  replacedFor: readonly string[]
  wanted: string | null
  protected: boolean
}
/** `adopt`: it is there and becomes the unit's; `keep`: it is there, stays as it is and nobody's. */
export const OBJECT_ACTIONS = ['create', 'update', 'delete', 'adopt', 'keep'] as const
/**
 * One object in the unit's cluster. `version` is the live one that was compared, `digest` that of what is rendered, `changed` what is
 * added to one that is adopted.
 */
export type ObjectChange = {
  object: string
  action: (typeof OBJECT_ACTIONS)[number]
  version: string | null
  digest: string | null
  changed?: readonly string[]
}
/** What stands against an adoption: as long as there is one, it cannot be approved. */
export type Conflict = { object: string; reason: string }
/** `none`: there is no cluster yet, or no more; `unreachable`: there is one, and it does not answer. */
export const CLUSTER_SIGHTS = ['none', 'compared', 'unreachable'] as const
export type ClusterSight = (typeof CLUSTER_SIGHTS)[number]

/** A rule that the change touches, and what touches it. None stops the change; each must be named by who approves. */
export type Finding = { rule: 'protected-kind'; title: string; resources: readonly string[] }

/** What an operation would do to a stack, as it was when somebody looked. No value of a secret is in it. */
export type ChangePlan = {
  change: StackChange
  stack: string
  resources: readonly ResourceChange[]
  /** Of the preview alone: what the engine is held to. */
  engineHash: string
  /** Of the state that the preview started from. */
  serial: string
  /** What the target has of the stack's parts, by digest; null: it has no such part. */
  parts: readonly { part: string; version: string | null }[]
  cluster: ClusterSight
  objects: readonly ObjectChange[]
  price: { fromMinor: number; toMinor: number; currency: string }
  /** Other tenants that share what is touched. */
  blast: { tenants: number }
  findings: readonly Finding[]
  /** Only of an adoption. */
  conflicts?: readonly Conflict[]
}

const ENDS = /replace|delete/

/** What of these changes touches a rule. */
export function findingsOf(resources: readonly ResourceChange[]): readonly Finding[] {
  const ended = resources.filter((one) => one.protected && ENDS.test(one.action)).map(({ resource }) => resource)
  if (ended.length === 0) return []
  const title = 'Protected resources are replaced or deleted, with what they hold'
  return [{ rule: 'protected-kind', title, resources: ended.toSorted() }]
}

/** Names that an approval of the plan has to give. */
export const toRelease = ({ findings }: Pick<ChangePlan, 'findings'>): readonly string[] =>
  findings.flatMap(({ resources }) => resources)

/**
 * Whether a planned change starts without anybody's word: nobody has to agree, and nothing protected goes. Who may remove a tenant
 * alone has said so by asking.
 */
export const startsByItself = (rule: ApprovalRule, { change, findings }: Pick<ChangePlan, 'change' | 'findings'>) =>
  rule === 'none' && (change === 'destroy' || findings.length === 0)

/** What became of a plan that was asked for. */
export const PLAN_STATES = ['planning', 'ready', 'failed'] as const
export type PlanState = (typeof PLAN_STATES)[number]

export type PlanCode =
  | 'plan.not-ready'
  | 'plan.hash-required'
  | 'plan.stale'
  | 'plan.release-required'
  | 'plan.none'
  | 'plan.conflicts'

/** What an approval says about the plan that was looked at. */
export type PlanNamed = { planHash: string | null; release: readonly string[] }

/** Why an approval that names a plan like this does not hold; null: it does. `current` undefined: the operation has no plan. */
export function faultOfApproval(
  current:
    | { state: PlanState; hash: string | null; content: Pick<ChangePlan, 'findings' | 'conflicts'> | null }
    | undefined,
  { planHash, release }: PlanNamed,
): PlanCode | null {
  if (current === undefined) return planHash === null && release.length === 0 ? null : 'plan.none'
  if (current.state !== 'ready' || current.content === null) return 'plan.not-ready'
  if (planHash === null) return 'plan.hash-required'
  if (planHash !== current.hash) return 'plan.stale'
  if ((current.content.conflicts ?? []).length > 0) return 'plan.conflicts'
  const named = new Set(release)
  return toRelease(current.content).every((resource) => named.has(resource)) ? null : 'plan.release-required'
}
