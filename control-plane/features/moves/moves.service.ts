import type { ApprovalRule } from '../../domain/approvals.ts'
import { stackChangeOf } from '../../domain/change-plan.ts'
import { MAY_END } from '../../domain/moves.ts'
import { mayAsk } from '../../domain/tenant-lifecycle.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Accepted, Page } from '../../platform/schemas.ts'
import { problems } from './moves.errors.ts'
import type { MoveRow, MoveView } from './moves.rows.ts'
import type { ListMoves, Move } from './moves.schema.ts'
import type { MovesStore } from './moves.store.ts'
import { moveOf } from './moves.view.ts'

export type MovesDeps = {
  database: Pick<Database, 'transaction' | 'statement'>
  store: MovesStore
  cursors: Cursors
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
  /** Who must agree before a stack goes that a tenant has, or had, under these plans of the catalogue: as the strictest says. */
  stackRule: (tx: Tx, plans: readonly string[]) => Promise<ApprovalRule>
}
export type EndKind = 'tenant.move-retire' | 'tenant.move-abort'
type Told = Promise<Answer<Accepted> & { replayed: boolean }>

export type MovesService = {
  /** Throws `move.not-found`. */
  get: (id: string) => Promise<Move>
  /** Newest first. Throws `cursor.invalid`. */
  list: (wanted: ListMoves) => Promise<Page<Move>>
  /** Ends a move one way or the other. Throws what `endMove` throws. */
  end: (kind: EndKind, asked: { actor: Actor; idempotency: Idempotency; id: string }) => Told
}

export const movesService = (deps: MovesDeps): MovesService => ({
  get: (id) => deps.database.statement(async (tx) => moveOf(await findMove(deps, tx, id))),
  list: ({ limit = 50, cursor, ...filters }) =>
    deps.database.statement(async (tx) => {
      const scope = { list: 'moves', filters }
      const position = deps.cursors.decode(scope, cursor)
      const { tenant = null, state = null } = filters
      const before = position === undefined ? null : String(position[0])
      const rows = await deps.store.list(tx, { tenant, state, before, limit: limit + 1 })
      return cursorPage({ cursors: deps.cursors, scope, limit, rows, position: ({ id }) => [id], item: moveOf })
    }),
  end: (kind, { actor, idempotency: { key, fingerprint }, id }) =>
    deps.database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const accepted = await endMove(deps, tx, { kind, id, actor })
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})

async function findMove({ store }: Pick<MovesDeps, 'store'>, tx: Tx, id: string): Promise<MoveView> {
  const row = await store.find(tx, id)
  if (row === undefined)
    throw problems['move.not-found']({ detail: `No move has the id ${id}: list them with GET /v1/moves` })
  return row
}

export type EndDeps = Pick<MovesDeps, 'store' | 'request' | 'lockSubjects' | 'audit' | 'stackRule'>

/**
 * Asks that a move is retired (the old place goes) or aborted (the new one). Admission speaks first, because it names the operation in
 * the way; what it wrote goes with the transaction. Where a stack goes, it waits for its change plan. `actor` null: the plane itself.
 * Throws `move.not-found`, `move.state-forbids`, `move.tenant-not-served` and what admission says.
 */
export async function endMove(
  deps: EndDeps,
  tx: Tx,
  { kind, id, actor }: { kind: EndKind; id: string; actor: Actor | null },
): Promise<Accepted> {
  const seen = await findMove(deps, tx, id)
  const { tenantId, region, slug } = seen
  const { unitId, otherUnitId, goes, plans } = leftBy(kind, seen)
  const about = { kind, tenantId, unitId, otherUnitId } as const
  await deps.lockSubjects(tx, about)
  const locked = await deps.store.lock(tx, id)
  const accepted = await deps.request(tx, {
    ...about,
    region,
    input: { moveId: id },
    approval: goes ? await deps.stackRule(tx, plans) : 'none',
    requestedBy: actor?.operatorId ?? null,
    requestId: actor?.requestId ?? null,
  })
  const { tenantState } = await findMove(deps, tx, id)
  if (locked === undefined || !MAY_END[kind].includes(locked.state)) throw stateForbids(slug, locked, kind)
  if (!mayAsk(kind, tenantState))
    throw problems['move.tenant-not-served']({
      detail: `${slug} is ${tenantState}: resume it before its move is taken back`,
      extra: { state: tenantState },
    })
  await deps.audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action: kind,
    subject: `tenant:${tenantId}`,
    outcome: 'succeeded',
    requestId: actor?.requestId ?? null,
    operationId: accepted.operationId,
    detail: {
      moveId: id,
      from: locked.state,
      merged: accepted.merged,
      ...(kind === 'tenant.move-abort' ? { notKept: locked.notKept } : {}),
    },
  })
  return accepted
}

/** The unit that goes, the other one, and under which plans the tenant has or had what goes. */
function leftBy(kind: EndKind, { source, target, before, wanted, placedIn, plan }: MoveView) {
  const [left, kept, terms] = kind === 'tenant.move-retire' ? [source, target, before] : [target, source, wanted]
  return {
    unitId: left.id,
    otherUnitId: kept.id,
    /** A stack does. */
    goes: stackChangeOf(kind, left.kind) !== null,
    plans: placedIn === left.id ? [terms.plan, plan] : [terms.plan],
  }
}

const HELP: Readonly<Record<MoveRow['state'], string>> = {
  moving: 'cancel its operation instead',
  stuck: 'abort it',
  soaking: 'retire it or abort it',
  retiring: 'nothing leads back any more; retire it',
  aborting: 'abort it again if that failed',
  retired: 'ask for another move instead',
  aborted: 'it is taken back already',
}
export function stateForbids(slug: string, move: Pick<MoveRow, 'state'> | undefined, kind: EndKind) {
  const state = move?.state ?? 'aborted'
  return problems['move.state-forbids']({
    detail: `The move of ${slug} is ${state}: ${kind} is not possible; ${HELP[state]}`,
    extra: { state },
  })
}
