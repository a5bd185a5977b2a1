import { customerState, customerSteps, customerTitle } from '../../domain/customer-words.ts'
import type { OperationKind } from '../../domain/operation-kinds.ts'
import type { OperationState, STEP_STATES } from '../../domain/operation-states.ts'
import { isTenantKind } from '../../domain/tenant-lifecycle.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import { forbidden, type Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { newSecret, secretHash, secretKind } from '../../platform/secret.ts'
import { problems } from './shares.errors.ts'
import {
  SHARE_SECONDS,
  type OperationStatus,
  type Share,
  type ShareCreated,
  type ShareOperation,
} from './shares.schema.ts'
import { sharesStore as store } from './shares.store.ts'

type Seen = {
  kind: OperationKind
  state: OperationState
  progress: { done: number; total: number }
  timeRemaining: { p50Ms: number; p95Ms: number } | null
  steps: readonly {
    step: string
    state: 'pending' | (typeof STEP_STATES)[number]
    startedAt: string | null
    finishedAt: string | null
  }[]
  createdAt: string
  finishedAt: string | null
}
type Deps = {
  database: Pick<Database, 'transaction' | 'statement'>
  cursors: Cursors
  audit: AuditAppend
  clock: Clock
  /** Throws `operation.not-found`. */
  getOperation: (id: string) => Promise<Seen>
  /** Where people outside reach the API. */
  publicUrl: string
}

export type SharesService = {
  /** The link is told this once. Throws `operation.not-found`, `share.not-a-customers`. */
  create: (actor: Actor, operationId: string, wanted: ShareOperation) => Promise<ShareCreated>
  /** Newest first. Throws `operation.not-found`, `cursor.invalid`. */
  list: (operationId: string, wanted: { limit?: number; cursor?: string }) => Promise<Page<Share>>
  /** At once and for ever; again it changes nothing. Throws `share.not-found`. */
  revoke: (actor: Actor, operationId: string, id: string) => Promise<Share>
  /** What a link shows. Throws `status.not-found` for one that is unknown, has ended or was revoked, and never says which. */
  status: (secret: string) => Promise<OperationStatus>
}

export const sharesService = (deps: Deps): SharesService => ({
  create: (actor, operationId, wanted) => create(deps, actor, operationId, wanted),
  async list(operationId, { limit = 50, cursor }) {
    const { database, cursors, clock } = deps
    await deps.getOperation(operationId)
    const scope = { list: 'shares', filters: { operationId } }
    const before = cursors.decode(scope, cursor)?.[0]?.toString()
    const at = clock.now().toISOString()
    const rows = await database.statement((tx) => store.list(tx, at, operationId, before, limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item: (row) => row })
  },
  revoke: (actor, operationId, id) =>
    deps.database.transaction(async (tx) => {
      const at = deps.clock.now().toISOString()
      const revoked = await store.revoke(tx, operationId, id, at, actor.operatorId)
      const share = await store.find(tx, at, operationId, id)
      if (share === undefined)
        throw problems['share.not-found']({ detail: `GET /v1/operations/${operationId}/shares lists those there are` })
      if (revoked) await record(deps, tx, actor, 'operation.unshare', revoked.tenantId, share)
      return share
    }),
  async status(secret) {
    const known = secretKind(secret) === 'link'
    const at = deps.clock.now().toISOString()
    const found = known ? await deps.database.statement((tx) => store.opened(tx, secretHash(secret), at)) : undefined
    if (found === undefined)
      throw problems['status.not-found']({ detail: 'Ask whoever sent you the link for another one' })
    return shown(await deps.getOperation(found.operationId), found.customer)
  },
})

async function create(
  deps: Deps,
  actor: Actor,
  operationId: string,
  { expiresInSeconds = SHARE_SECONDS.usual }: ShareOperation,
): Promise<ShareCreated> {
  if (!actor.verbs.includes('operations:read')) throw forbidden('operations:read', actor) // a link would show what it may not see
  await deps.getOperation(operationId)
  const [secret, id, now] = [newSecret('link'), newId(), deps.clock.now()]
  const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000).toISOString()
  const at = now.toISOString()
  return deps.database.transaction(async (tx) => {
    const tenantId = (await store.subject(tx, operationId))?.tenantId ?? null
    if (tenantId === null)
      throw problems['share.not-a-customers']({
        detail: `${operationId} is about a unit, not about one tenant: only what is done for a customer is shown outside`,
      })
    const hash = secretHash(secret)
    await store.insert(tx, { id, operationId, tenantId, hash, createdBy: actor.operatorId, at, expiresAt })
    const share = { id, operationId, state: 'live' as const, createdBy: actor.operatorId, createdAt: at, expiresAt }
    await record(deps, tx, actor, 'operation.share', tenantId, share)
    return { ...share, revokedAt: null, url: `${deps.publicUrl.replace(/\/$/, '')}/status/${secret}` }
  })
}

const record = (
  { audit }: Pick<Deps, 'audit'>,
  tx: Tx,
  actor: Actor,
  action: 'operation.share' | 'operation.unshare',
  tenantId: string,
  { id, operationId, expiresAt }: Pick<Share, 'id' | 'operationId' | 'expiresAt'>,
) =>
  audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action,
    subject: `operation:${operationId}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    operationId,
    detail: { share: id, expiresAt },
  })

function shown(operation: Seen, customer: string): OperationStatus {
  const { kind, state, progress, timeRemaining, steps, createdAt, finishedAt } = operation
  if (!isTenantKind(kind)) throw new Error(`${kind} is no customer's and cannot be shared`)
  return {
    title: customerTitle(kind),
    customer,
    state: customerState(state),
    progress,
    timeRemaining,
    steps: customerSteps(steps),
    askedAt: createdAt,
    finishedAt,
  }
}
