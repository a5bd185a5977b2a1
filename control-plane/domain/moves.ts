import { applyOverrides, LIMIT_NAMES, type LimitOverrides, type Limits, overrideFaults, type Terms } from './limits.ts'
import type { OperationKind } from './operation-kinds.ts'
import type { OperationOutcome } from './operation-states.ts'

/**
 * How far a move is. `moving`: its operation runs; `stuck`: that ended without taking everything back; `soaking`: the tenant is served at
 * the new place and can still go back; `retiring`: the old place is going, nothing leads back; `aborting`: the new one is.
 */
export const MOVE_STATES = ['moving', 'stuck', 'soaking', 'retiring', 'retired', 'aborting', 'aborted'] as const
export type MoveState = (typeof MOVE_STATES)[number]

/** How far the rows are; `copying`: at both ends, whichever is written. */
export const MOVE_ROWS = ['none', 'copying', 'returned', 'erasing', 'erased'] as const
export type MoveRows = (typeof MOVE_ROWS)[number]

export type NewMove = {
  id: string
  tenantId: string
  sourceUnitId: string
  targetUnitId: string
  before: Terms
  wanted: Terms
  soakMinutes: number
}

export type MoveKind = Extract<OperationKind, `tenant.move${string}`>
export const isMoveKind = (kind: OperationKind): kind is MoveKind => kind.startsWith('tenant.move')

/** In which states a move can be ended, one way or the other; what broke off is asked for again. */
export const MAY_END: Readonly<Record<'tenant.move-retire' | 'tenant.move-abort', readonly MoveState[]>> = {
  'tenant.move-retire': ['soaking', 'retiring'],
  'tenant.move-abort': ['stuck', 'soaking', 'aborting'],
}

/** `undone`: nothing of its operation stayed. */
type Found = { state: MoveState; undone: boolean }

/** The state of a move when an operation of it has ended. What broke off after it had begun goes on being what it is. */
export function moveStateAfter(kind: MoveKind, outcome: OperationOutcome, { state, undone }: Found): MoveState {
  if (kind === 'tenant.move') {
    if (outcome === 'succeeded') return 'soaking'
    return undone ? 'aborted' : 'stuck'
  }
  if (outcome !== 'succeeded') return state
  return kind === 'tenant.move-retire' ? 'retired' : 'aborted'
}

/** What an abort brings a tenant back to; `notKept`: limits sold since the switch that it would give up, because they cannot be granted there. */
export type Origin = { terms: Terms; notKept: readonly (keyof Limits)[] }
/** `plan`: the one it came from, undefined when the catalogue has it no more; `fits`: whether the unit it came from has room for these. */
type Granting = { plan: { limits: Limits } | undefined; fits: (limits: Limits) => Promise<boolean> }

/**
 * Where a tenant goes back to once its overrides are changed from one to the other while it soaks: what was sold meanwhile stays sold, as far
 * as the plan and the unit that it came from can grant it. What they cannot stays as it was there, by name.
 */
export async function carriedBack(
  { terms, notKept }: Origin,
  from: LimitOverrides,
  to: LimitOverrides,
  { plan, fits }: Granting,
): Promise<Origin> {
  const changed = LIMIT_NAMES.filter((name) => from[name] !== to[name])
  const others = notKept.filter((name) => !changed.includes(name))
  if (plan === undefined) return { terms, notKept: [...others, ...changed] }
  const refused = new Set(
    overrideFaults(plan.limits, pick(to, changed)).map(({ pointer }) => pointer.slice('/limits/'.length)),
  )
  const termsBut = (left: (name: keyof Limits) => boolean): Terms => {
    const taken = changed.filter((name) => !left(name))
    const kept = LIMIT_NAMES.filter((name) => !taken.includes(name))
    const overrides = { ...pick(terms.overrides, kept), ...pick(to, taken) }
    return { plan: terms.plan, overrides, limits: applyOverrides(plan.limits, overrides) }
  }
  const wanted = termsBut((name) => refused.has(name))
  const more = wanted.limits.requestsPerSecond > terms.limits.requestsPerSecond
  if (more && !(await fits(wanted.limits))) refused.add('requestsPerSecond')
  return {
    terms: termsBut((name) => refused.has(name)),
    notKept: [...others, ...changed.filter((name) => refused.has(name))],
  }
}

/** These of the overrides, as far as there are any. */
const pick = (overrides: LimitOverrides, names: readonly (keyof Limits)[]): LimitOverrides =>
  Object.fromEntries(names.flatMap((name) => (overrides[name] === undefined ? [] : [[name, overrides[name]]])))

/** When a move that was switched at this moment is retired by itself. */
export const soaksUntil = (switched: Date, minutes: number): Date => new Date(switched.getTime() + minutes * 60_000)
