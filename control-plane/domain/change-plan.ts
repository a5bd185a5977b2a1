import type { ApprovalRule } from './approvals.ts'
import { processOf, type OperationKind } from './operation-kinds.ts'
import { isOwn, type UnitKind } from './unit-kinds.ts'

/** What a change does to a stack as a whole; `adopt`: it takes over what is there, of which nothing was made by the plane. */
export const STACK_CHANGES = [
  'build',
  'update',
  'stop',
  'start',
  'deploy',
  'repair',
  'rotate',
  'destroy',
  'adopt',
] as const
export type StackChange = (typeof STACK_CHANGES)[number]

/**
 * The steps that change a unit of a tenant's own: an operation on a stack is planned because its way has one, whatever its kind, and one on
 * an instance when that is wished for. The first of them says what it does.
 */
const CHANGING: Readonly<Record<string, StackChange>> = {
  'build-stack': 'build',
  'resize-stack': 'update',
  'apply-quota': 'update', // of an instance, which has no size but its quota
  'stop-workload': 'stop',
  'start-workload': 'start',
  'expand-database': 'deploy',
  'repair-stack': 'repair',
  'repair-namespace': 'repair',
  'rotate-key': 'rotate',
  'destroy-stack': 'destroy',
  'begin-adoption': 'adopt', // of a unit of any kind
}

/** What an operation does to a unit of a tenant's own; null: nothing that can be planned first. */
export function ownChangeOf(kind: OperationKind, unit: UnitKind): StackChange | null {
  const [change = null] = processOf(kind, unit).steps.flatMap(({ step }) => CHANGING[step] ?? [])
  return isOwn(unit) || change === 'adopt' ? change : null
}

/** The same of what is planned first whether somebody wishes it or not; null: it is not. */
export function stackChangeOf(kind: OperationKind, unit: UnitKind): StackChange | null {
  const change = ownChangeOf(kind, unit)
  return unit === 'stack' || change === 'adopt' ? change : null
}

/**
 * The step before which what was planned must still be so; null: nothing can be planned. What comes before it only looks, or acts beside what a
 * plan compares and can be taken back: an operation that could not turn back any more must not be refused.
 */
export function changeBegins(kind: OperationKind, unit: UnitKind): string | null {
  if (ownChangeOf(kind, unit) === null) return null
  const { steps, pointOfNoReturn } = processOf(kind, unit)
  return steps.find(({ step }) => step === pointOfNoReturn || CHANGING[step] !== undefined)?.step ?? null
}

/** Changes of what the engine makes stacks of, held to its preview; the others are of what runs in them. */
export const BY_ENGINE: ReadonlySet<StackChange> = new Set(['build', 'update', 'rotate', 'destroy'])

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
/**
 * `adopt`: it is there and becomes the unit's; `keep`: it was compared, and is what it is to be or, where a unit is adopted, stays nobody's.
 */
export const OBJECT_ACTIONS = ['create', 'update', 'delete', 'adopt', 'keep'] as const
/** One field as it is and as it becomes, JSON text; null: it is not there. A secret's values are hidden. */
export type FieldChange = { path: string; before: string | null; after: string | null }
/**
 * One object in the cluster. `version` is the live one that was compared, `digest` that of what is rendered; `fields` what applying it
 * changes, as the API server itself says by a dry run, `changed` what is added to one that is adopted.
 */
export type ObjectChange = {
  object: string
  action: (typeof OBJECT_ACTIONS)[number]
  version: string | null
  digest: string | null
  changed?: readonly string[]
  fields?: readonly FieldChange[]
}
/** What stands against an adoption: as long as there is one, it cannot be approved. */
export type Conflict = { object: string; reason: string }
/** `none`: there is no cluster yet, or no more; `unreachable`: there is one, and it does not answer. */
export const CLUSTER_SIGHTS = ['none', 'compared', 'unreachable'] as const
export type ClusterSight = (typeof CLUSTER_SIGHTS)[number]

/** A rule that the change touches, and what touches it. None stops the change; each must be named by who approves. */
export const FINDING_RULES = ['protected-kind', 'price-above-quote'] as const
export type Finding = { rule: (typeof FINDING_RULES)[number]; title: string; resources: readonly string[] }

/** A month before and after; `quotedMinor`: what the customer was quoted when it came, null without a quote. */
export type PriceChange = { fromMinor: number; toMinor: number; currency: string; quotedMinor: number | null }

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
  /** What was asked for beside what holds: plan, limits, version. */
  terms: readonly FieldChange[]
  price: PriceChange
  /** Other tenants that share what is touched. */
  blast: { tenants: number }
  findings: readonly Finding[]
  /** Only of an adoption. */
  conflicts?: readonly Conflict[]
}

const ENDS = /replace|delete/

/** What an approval names that lets a customer pay more than it was quoted. */
const PRICE = 'price'

/** What of these changes touches a rule. */
export function findingsOf(resources: readonly ResourceChange[], price: PriceChange): readonly Finding[] {
  const ended = resources.filter((one) => one.protected && ENDS.test(one.action)).map(({ resource }) => resource)
  const { fromMinor, toMinor, quotedMinor } = price
  const dearer = quotedMinor !== null && toMinor > quotedMinor && toMinor !== fromMinor
  return [
    ...found('protected-kind', 'Protected resources are replaced or deleted, with what they hold', ended.toSorted()),
    ...found('price-above-quote', 'A month costs more than the customer was quoted', dearer ? [PRICE] : []),
  ]
}

const found = (rule: Finding['rule'], title: string, resources: readonly string[]): readonly Finding[] =>
  resources.length === 0 ? [] : [{ rule, title, resources }]

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
