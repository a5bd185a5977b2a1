import type { Terms } from './limits.ts'
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

/** When a move that was switched at this moment is retired by itself. */
export const soaksUntil = (switched: Date, minutes: number): Date => new Date(switched.getTime() + minutes * 60_000)
