import type { TenantAccount } from '../../domain/naming.ts'
import { KUBECONFIG_SECONDS } from '../../domain/tenant-access.ts'
import type { TenantState } from '../../domain/tenant-lifecycle.ts'
import { isOwn, type UnitKind } from '../../domain/unit-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import { forbidden, type Actor } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Json } from '../../platform/json.ts'
import { seal, unseal } from '../../platform/sealing.ts'
import { newSecret, secretHash, secretKind } from '../../platform/secret.ts'
import { problems } from './hand-offs.errors.ts'
import type { CreateHandOff, HandedOver, HandOff } from './hand-offs.schema.ts'
import { handOffsStore as store } from './hand-offs.store.ts'

type Found = { id: string; slug: string; state: TenantState; unitKind: UnitKind; host: string; edgeUrl: string }
type Issued = { tenantId: string; expiresAt: string; kubeconfig: string }
type Deps = {
  database: Pick<Database, 'transaction' | 'statement'>
  /** By id or slug; throws `tenant.not-found`. */
  findTenant: (tx: Tx, reference: string) => Promise<Found>
  urlOf: (tenant: Found) => string
  /** Makes a kubeconfig; what `record` writes commits before it is handed out, or it is not. Throws `kubeconfig.*`. */
  issueKubeconfig: (
    reference: string,
    wanted: { role: TenantAccount; seconds: number },
    record: (tx: Tx, issued: Issued, about: Json) => Promise<void>,
  ) => Promise<Issued>
  audit: AuditAppend
  clock: Clock
  sealingKey: Uint8Array
  /** Where people outside reach the API. */
  publicUrl: string
}

export type HandOffsService = {
  /** The link is told this once. Throws `tenant.not-found`, `tenant.state-forbids` and what making a kubeconfig throws. */
  create: (actor: Actor, reference: string, wanted: CreateHandOff) => Promise<HandOff>
  /** Whether a link would open something now, and for whom; opens nothing. Throws what `open` throws. */
  look: (secret: string) => Promise<{ customer: string }>
  /**
   * Shows what was handed over to whoever comes first, once, and records who that was. Throws `hand-off.not-found`,
   * `hand-off.opened`, `hand-off.ended`.
   */
  open: (secret: string, by: { address: string; requestId: string }) => Promise<HandedOver>
}

export const handOffsService = (deps: Deps): HandOffsService => ({
  create: (actor, reference, wanted) => create(deps, actor, reference, wanted),
  look: (secret) =>
    deps.database.statement(async (tx) => {
      const { customer } = still(
        deps.clock.now(),
        isLink(secret) ? await store.find(tx, secretHash(secret)) : undefined,
      )
      return { customer }
    }),
  open: (secret, by) =>
    deps.database.transaction(async (tx) => {
      const row = isLink(secret) ? await store.lock(tx, secretHash(secret)) : undefined
      return open(deps, tx, still(deps.clock.now(), row), by)
    }),
})

const isLink = (secret: string): boolean => secretKind(secret) === 'link'

async function create(deps: Deps, actor: Actor, reference: string, wanted: CreateHandOff): Promise<HandOff> {
  const { role = 'tenant-viewer', expiresInSeconds: seconds = KUBECONFIG_SECONDS.most } = wanted
  const tenant = await deps.database.transaction((tx) => deps.findTenant(tx, reference))
  const { id: tenantId, slug, state, unitKind } = tenant
  if (state !== 'active')
    throw problems['tenant.state-forbids']({
      detail: `${slug} is ${state}: what is in service is handed over`,
      extra: { state },
    })
  const shown = { tenantId, tenant: slug, url: deps.urlOf(tenant) }
  if (!isOwn(unitKind)) {
    await deps.database.transaction((tx) => record(deps, tx, actor, tenantId, { credentials: 'none' }))
    return { ...shown, id: null, credentials: 'none', link: null, expiresAt: null }
  }
  if (!actor.verbs.includes('tenants:kubeconfig')) throw forbidden('tenants:kubeconfig', actor) // it could open the link itself
  const [id, secret] = [newId(), newSecret('link')]
  const { expiresAt } = await deps.issueKubeconfig(tenantId, { role, seconds }, async (tx, issued, about) => {
    const kept = { kubeconfig: issued.kubeconfig, expiresAt: issued.expiresAt, url: shown.url }
    await store.insert(tx, {
      id,
      tenantId,
      hash: secretHash(secret),
      role,
      sealed: seal(deps.sealingKey, contextOf(id), Buffer.from(JSON.stringify(kept))),
      createdBy: actor.operatorId,
      at: deps.clock.now().toISOString(),
      expiresAt: issued.expiresAt,
    })
    await record(deps, tx, actor, tenantId, { credentials: 'kubeconfig', handOff: id, about })
  })
  const link = `${deps.publicUrl.replace(/\/$/, '')}/hand-off/${secret}`
  return { ...shown, id, credentials: 'kubeconfig', link, expiresAt }
}

const contextOf = (id: string): string => `hand-off:${id}`

const record = ({ audit }: Deps, tx: Tx, actor: Actor, tenantId: string, detail: Json) =>
  audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor,
    action: 'tenant.hand-off',
    subject: `tenant:${tenantId}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail,
  })

type Row = NonNullable<Awaited<ReturnType<typeof store.find>>>
/** The row of a link that still opens something. */
function still(now: Date, row: Row | undefined): Row & { sealed: Buffer } {
  if (row === undefined)
    throw problems['hand-off.not-found']({ detail: 'Ask whoever sent you the link for another one' })
  if (row.openedAt !== null)
    throw problems['hand-off.opened']({
      detail: `It was opened at ${row.openedAt}. If that was not you, tell whoever sent you the link at once`,
    })
  if (row.sealed === null || row.leaving || new Date(row.expiresAt) <= now)
    throw problems['hand-off.ended']({ detail: 'Ask whoever sent you the link for another one' })
  return { ...row, sealed: row.sealed }
}

async function open(
  { audit, clock, sealingKey }: Deps,
  tx: Tx,
  { id, tenantId, role, sealed, customer }: Row & { sealed: Buffer },
  { address, requestId }: { address: string; requestId: string },
): Promise<HandedOver> {
  const plain = unseal(sealingKey, contextOf(id), sealed)
  if (plain === undefined) throw new Error(`STEWARD_SEALING_KEY does not open hand-off ${id}`)
  await store.open(tx, id, clock.now().toISOString())
  await audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor: null,
    action: 'hand-off.open',
    subject: `tenant:${tenantId}`,
    outcome: 'succeeded',
    requestId,
    detail: { handOff: id, role },
    personal: { address },
  })
  return { customer, ...(JSON.parse(plain.toString()) as Omit<HandedOver, 'customer'>) } // sealed by us: we wrote it
}
