import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { Json } from '../../platform/json.ts'
import type { LockSubjects } from '../../platform/operation-port.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './holds.errors.ts'
import type { Hold, HoldPlaced, PlaceHold } from './holds.schema.ts'
import { holdsStore as store } from './holds.store.ts'

type Held = { id: string; slug: string; unitId: string; state: string }
type Deps = {
  database: Pick<Database, 'transaction'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  /** By id or slug. Throws `tenant.not-found`. */
  findTenant: (tx: Tx, reference: string) => Promise<Held>
  lockSubjects: LockSubjects
  /** Locks the tenant's row until the transaction ends. */
  lockTenant: (tx: Tx, id: string) => Promise<unknown>
  /** Has an open removal of the tenant turn back; `irreversible`: it destroys already. */
  stopRemoval: (tx: Tx, tenantId: string, why: Json) => Promise<{ operationId: string; irreversible: boolean } | null>
}
type Told<Body> = Promise<Answer<Body> & { replayed: boolean }>

export type HoldsService = {
  /** Throws `tenant.not-found`, `hold.ends-in-the-past`, `hold.too-late`. */
  place: (actor: Actor, idempotency: Idempotency, reference: string, wanted: PlaceHold) => Told<HoldPlaced>
  /** Newest first. Throws `tenant.not-found`, `cursor.invalid`. */
  list: (reference: string, wanted: { limit?: number; cursor?: string }) => Promise<Page<Hold>>
  /** Throws `tenant.not-found`, `hold.not-found`, `hold.ended`. */
  release: (actor: Actor, idempotency: Idempotency, at: { tenant: string; hold: string }, reason: string) => Told<Hold>
}

/** Legal holds: who must not be removed, why and for how long. */
export const holdsService = (deps: Deps): HoldsService => ({
  place: (actor, { key, fingerprint }, reference, wanted) =>
    deps.database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, () => place(deps, tx, actor, reference, wanted)),
    ),
  list: (reference, wanted) => deps.database.transaction((tx) => list(deps, tx, reference, wanted)),
  release: (actor, { key, fingerprint }, at, reason) =>
    deps.database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, () => release(deps, tx, actor, at, reason)),
    ),
})

/** The locks that a removal takes, in their order: of a hold and the last step that can turn back, one comes first. */
async function lock(deps: Deps, tx: Tx, reference: string): Promise<Held> {
  const { id, unitId } = await deps.findTenant(tx, reference)
  await deps.lockSubjects(tx, { kind: 'tenant.decommission', tenantId: id, unitId })
  await deps.lockTenant(tx, id)
  return deps.findTenant(tx, id)
}

async function place(
  deps: Deps,
  tx: Tx,
  actor: Actor,
  reference: string,
  wanted: PlaceHold,
): Promise<Answer<HoldPlaced>> {
  const { reason } = wanted
  const until = wanted.until ?? null
  const now = deps.clock.now()
  if (until !== null && new Date(until) <= now) throw endsInThePast(now)
  const tenant = await lock(deps, tx, reference)
  if (tenant.state === 'decommissioned') throw tooLate(`${tenant.slug} is gone: there is nothing left to hold`)
  const destroying = await store.confirmed(tx, tenant.id)
  if (destroying !== null) throw tooLate(`The removal of ${tenant.slug} (operation ${destroying}) destroys already`)
  const id = newId()
  const stopped = await deps.stopRemoval(tx, tenant.id, { holdId: id })
  if (stopped?.irreversible === true)
    throw tooLate(`The removal of ${tenant.slug} (operation ${stopped.operationId}) destroys already`)
  const at = now.toISOString()
  const end = until === null ? null : new Date(until).toISOString()
  await store.insert(tx, { id, tenantId: tenant.id, reason, until: end, placedBy: actor.operatorId, placedAt: at })
  const stoppedId = stopped?.operationId ?? null
  await record(deps, tx, actor, 'tenant.hold', tenant.id, { holdId: id, reason, until: end, stopped: stoppedId })
  return { status: 201, headers: {}, body: { hold: await found(tx, at, tenant.id, id), stopped: stoppedId } }
}

async function release(
  deps: Deps,
  tx: Tx,
  actor: Actor,
  { tenant: reference, hold: id }: { tenant: string; hold: string },
  reason: string,
): Promise<Answer<Hold>> {
  const at = deps.clock.now().toISOString()
  const tenant = await lock(deps, tx, reference)
  const { state } = await found(tx, at, tenant.id, id)
  if (state !== 'in-force')
    throw problems['hold.ended']({ detail: `Hold ${id} is ${state}: nothing is left to release`, extra: { state } })
  await store.release(tx, id, { by: actor.operatorId, at, reason })
  await record(deps, tx, actor, 'tenant.release-hold', tenant.id, { holdId: id, reason })
  return { status: 200, headers: {}, body: await found(tx, at, tenant.id, id) }
}

async function list(
  { clock, cursors, findTenant }: Deps,
  tx: Tx,
  reference: string,
  { limit = 50, cursor }: { limit?: number; cursor?: string },
): Promise<Page<Hold>> {
  const { id } = await findTenant(tx, reference)
  const scope = { list: 'holds', filters: { tenant: id } }
  const position = cursors.decode(scope, cursor)
  const before = position === undefined ? null : String(position[0])
  const rows = await store.list(tx, clock.now().toISOString(), id, before, limit + 1)
  return cursorPage({ cursors, scope, limit, rows, position: (hold) => [hold.id], item: (hold) => hold })
}

async function found(tx: Tx, at: string, tenantId: string, id: string): Promise<Hold> {
  const hold = await store.find(tx, at, tenantId, id)
  if (hold === undefined) throw problems['hold.not-found']({ detail: `No hold ${id} lies on this tenant` })
  return hold
}

const tooLate = (detail: string) => problems['hold.too-late']({ detail })

function endsInThePast(now: Date) {
  const message = `it must end after ${now.toISOString()}`
  return problems['hold.ends-in-the-past']({
    detail: message,
    fields: [{ pointer: '/until', rule: 'hold.in-the-future', message }],
  })
}

const record = (deps: Deps, tx: Tx, actor: Actor, action: string, tenantId: string, detail: Json) =>
  deps.audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action,
    subject: `tenant:${tenantId}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail,
  })
