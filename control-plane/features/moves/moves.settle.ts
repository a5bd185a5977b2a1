import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { isMoveKind, MAY_END, type MoveState, moveStateAfter, soaksUntil } from '../../domain/moves.ts'
import type { OperationOutcome } from '../../domain/operation-states.ts'
import type { UnitState } from '../../domain/unit-lifecycle.ts'
import { reportCondition } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, HookedOperation } from '../../platform/operation-port.ts'
import type { MoveRow } from './moves.rows.ts'
import { stateForbids } from './moves.service.ts'
import { movesStore } from './moves.store.ts'

/** Puts a unit of a tenant's own into a state and says so; a cell stays what it is. */
type SettleOwnUnit = (tx: Tx, operation: HookedOperation, unitId: string, state: UnitState) => Promise<void>

const Input = Type.Object({ moveId: Type.String() })
/** The move that an operation is about; undefined for other operations. */
const moveIdOf = ({ kind, input }: Pick<HookedOperation, 'kind' | 'input'>): string | undefined =>
  isMoveKind(kind) && Value.Check(Input, input) ? input.moveId : undefined

type Said = { status: 'true' | 'false'; reason: string; message: string }
const SAID: Readonly<Record<MoveState, (move: Pick<MoveRow, 'id' | 'soaksUntil' | 'notKept'>) => Said>> = {
  moving: ({ id }) => ({ status: 'true', reason: 'Moving', message: `It is being moved (move ${id})` }),
  stuck: ({ id }) => ({
    status: 'true',
    reason: 'Stuck',
    message: `Its move ended half-way and was not taken back: abort move ${id}`,
  }),
  soaking: ({ id, soaksUntil: until }) => ({
    status: 'true',
    reason: 'Soaking',
    message: `It is served at its new place; until ${until} move ${id} can be aborted, then the old place goes`,
  }),
  retiring: ({ id }) => ({
    status: 'true',
    reason: 'Retiring',
    message: `Its old place is being removed (move ${id})`,
  }),
  retired: () => ({
    status: 'false',
    reason: 'Moved',
    message: 'It has moved, and nothing of it is left where it was',
  }),
  aborting: ({ id }) => ({ status: 'true', reason: 'Aborting', message: `It is being taken back (move ${id})` }),
  aborted: ({ notKept }) => ({
    status: 'false',
    reason: 'TakenBack',
    message: `It is where it was, and nothing of the move is left${
      notKept.length === 0 ? '' : `; given up of what was sold meanwhile: ${notKept.join(', ')}`
    }`,
  }),
}

/** Says of the tenant how far its move is: waiting is visible there. */
async function reportMove(tx: Tx, move: MoveRow): Promise<void> {
  const subject = `tenant:${move.tenantId}` as const
  const said = SAID[move.state](move)
  await reportCondition(tx, { subject, tenantId: move.tenantId, type: 'Moving', ...said, observedGeneration: 0 })
}

/** Puts the open move of a tenant into another state and says so: from here on the way is another one. */
export async function enterMove(tx: Tx, tenantId: string, state: 'retiring' | 'aborting'): Promise<void> {
  const move = await movesStore.open(tx, tenantId)
  if (move === undefined || move.state === state) return
  await movesStore.setState(tx, move.id, state)
  await reportMove(tx, { ...move, state })
}

/** What becomes of the two places, where they are the tenant's own, once its move is in a state. */
const PLACES: Readonly<Record<MoveState, { source?: UnitState; target?: UnitState }>> = {
  moving: {},
  stuck: { target: 'failed' },
  soaking: { source: 'retiring', target: 'active' },
  retiring: {},
  retired: { source: 'retired' },
  aborting: {},
  aborted: { source: 'active', target: 'retired' },
}

/**
 * State and condition of a move as its operations begin and end, and the states of the units that are the tenant's own. What ends a move is
 * asked for again, or approved, only in a state that allows it (`move.state-forbids`).
 */
export const movesHooks = (settle: SettleOwnUnit): FeatureHooks => ({
  async onRetry(tx, operation) {
    const { kind } = operation
    const id = moveIdOf(operation)
    if (id === undefined || (kind !== 'tenant.move-retire' && kind !== 'tenant.move-abort')) return
    const locked = await movesStore.lock(tx, id)
    if (locked && MAY_END[kind].includes(locked.state)) return
    throw stateForbids((await movesStore.find(tx, id))?.slug ?? id, locked, kind)
  },
  async onAdmitted(tx, operation) {
    const id = moveIdOf(operation)
    const move = id === undefined ? undefined : await movesStore.lock(tx, id)
    if (move !== undefined) await reportMove(tx, move)
  },
  async onClosed(tx, operation, outcome) {
    const id = moveIdOf(operation)
    const move = id === undefined ? undefined : await movesStore.lock(tx, id)
    if (move === undefined || move.endedAt !== null) return
    const state = await stateAfter(tx, operation, outcome, move)
    if (state === move.state) return
    const now = new Date()
    const ended = state === 'retired' || state === 'aborted' ? now.toISOString() : null
    const until = state === 'soaking' ? soaksUntil(now, move.soakMinutes).toISOString() : null
    await movesStore.setState(tx, move.id, state, { soaksUntil: until, endedAt: ended })
    await reportMove(tx, { ...move, state, soaksUntil: until ?? move.soaksUntil })
    const { source, target } = PLACES[state]
    if (source) await settle(tx, operation, move.sourceUnitId, source)
    if (target && !(state === 'stuck' && move.switchedAt !== null))
      await settle(tx, operation, move.targetUnitId, target)
  },
})

async function stateAfter(
  tx: Tx,
  operation: HookedOperation,
  outcome: OperationOutcome,
  move: MoveRow,
): Promise<MoveState> {
  const { kind, id, epoch, tenantId } = operation
  if (!isMoveKind(kind) || tenantId === null) return move.state
  const neverRan = epoch === null
  const undone = neverRan || (move.takenBack && !(await movesStore.quarantined(tx, tenantId, id)))
  return moveStateAfter(kind, outcome, { state: move.state, undone })
}
