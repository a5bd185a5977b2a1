import type { TenantAccount } from '../../domain/naming.ts'
import type { RegionSettings } from '../../domain/region-settings.ts'
import { KUBECONFIG_SECONDS, mayHandOut } from '../../domain/tenant-access.ts'
import type { TenantState } from '../../domain/tenant-lifecycle.ts'
import { isOwn, type UnitKind } from '../../domain/unit-kinds.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import type { Json } from '../../platform/json.ts'
import { readClusterAccess } from './kubeconfigs.cluster-access.ts'
import { problems } from './kubeconfigs.errors.ts'
import { renderKubeconfig } from './kubeconfigs.render.ts'
import type { CreateKubeconfig, TenantKubeconfig } from './kubeconfigs.schema.ts'
import { requestToken } from './kubeconfigs.token.ts'

type Found = {
  id: string
  slug: string
  state: TenantState
  region: string
  unitId: string
  unitKind: UnitKind
  unitName: string
}
type Deps = {
  database: Pick<Database, 'transaction'>
  /** By id or slug; throws `tenant.not-found`. */
  findTenant: (tx: Tx, reference: string) => Promise<Found>
  /** Where a unit's parts are, and its namespace. */
  unitPlace: (tx: Tx, unitId: string) => Promise<{ settings: RegionSettings; namespace: string }>
  audit: AuditAppend
  /** The longest life this installation grants, in seconds. */
  longestSeconds: number
}

export type KubeconfigsService = {
  /**
   * Makes a token of the tenant's own account and the file around it. It is on record before it is handed out, and stored nowhere.
   * Throws `tenant.not-found`, `kubeconfig.not-private`, `tenant.state-forbids`, `kubeconfig.lifetime`, `kubeconfig.not-offered`,
   * `kubeconfig.no-account`, `plane.unavailable`; then nothing is on record and nobody has the token.
   */
  create: (actor: Actor, reference: string, wanted: CreateKubeconfig) => Promise<TenantKubeconfig>
  /** The same for another feature, which puts it on record in its own words. */
  issue: (reference: string, wanted: Wanted, record: RecordIssue) => Promise<TenantKubeconfig>
}

type Wanted = { role: TenantAccount; seconds: number }
/** Puts what was made on record, with what may be told of it. */
type RecordIssue = (tx: Tx, issued: TenantKubeconfig, about: Json) => Promise<void>

export const kubeconfigsService = (deps: Deps): KubeconfigsService => ({
  create: (actor, reference, { role, expiresInSeconds: seconds = KUBECONFIG_SECONDS.usual }) =>
    issue(deps, reference, { role, seconds }, async (tx, { tenantId }, detail) => {
      await deps.audit(tx, {
        stream: `tenant:${tenantId}`,
        tenantId,
        actor,
        action: 'tenant.kubeconfig',
        subject: `tenant:${tenantId}`,
        outcome: 'succeeded',
        requestId: actor.requestId,
        detail,
      })
    }),
  issue: (reference, wanted, record) => issue(deps, reference, wanted, record),
})

async function issue(deps: Deps, reference: string, { role, seconds }: Wanted, record: RecordIssue) {
  assertLifetime(seconds, deps.longestSeconds)
  const place = await deps.database.transaction((tx) => placeOf(deps, tx, reference, role))
  const access = await readClusterAccess(place.accessKubeconfig)
  const { namespace, slug } = place
  const { token, expiresAt, credentialId } = await requestToken(access, { namespace, account: role, seconds })
  const { server, certificateAuthority } = place.tenantAccess ?? {
    server: access.server,
    certificateAuthority: access.ca ?? null,
  }
  const kubeconfig = renderKubeconfig({ tenant: slug, role, namespace, server, certificateAuthority, token })
  const issued = { tenantId: place.id, tenant: slug, role, namespace, server, expiresAt, kubeconfig }
  await deps.database.transaction(async (tx) => {
    await placeOf(deps, tx, place.id, role) // it may have been suspended or given up meanwhile
    await record(tx, issued, { role, namespace, seconds, expiresAt, credentialId })
  })
  return issued
}

/** Where the tenant's account is and who may ask for its tokens, once everything that speaks against it is ruled out. */
async function placeOf(deps: Deps, tx: Tx, reference: string, role: CreateKubeconfig['role']) {
  const { id, slug, state, region, unitId, unitKind, unitName } = await deps.findTenant(tx, reference)
  if (!isOwn(unitKind))
    throw problems['kubeconfig.not-private']({
      detail: `${slug} is served from the cell ${unitName} together with others: nothing in there is its alone`,
    })
  if (!mayHandOut(role, state))
    throw problems['tenant.state-forbids']({
      detail: mayHandOut('tenant-viewer', state)
        ? `${slug} is ${state}: until it is active it gets a kubeconfig of the role tenant-viewer only`
        : `${slug} is ${state}: only a tenant that is in service gets a kubeconfig`,
    })
  const { settings, namespace } = await deps.unitPlace(tx, unitId)
  const accessKubeconfig = settings.accessKubeconfig ?? undefined
  if (accessKubeconfig === undefined)
    throw problems['kubeconfig.not-offered']({
      detail: `The settings of ${region} name no accessKubeconfig, the credential that tokens are asked for with`,
    })
  return { id, slug, namespace, accessKubeconfig, tenantAccess: settings.tenantAccess ?? undefined }
}

function assertLifetime(seconds: number, longest: number): void {
  if (seconds <= longest) return
  const message = `must be <= ${longest}: this installation grants no longer life`
  throw problems['kubeconfig.lifetime']({
    detail: 'Ask for a shorter life, or for another kubeconfig when this one has ended',
    fields: [{ pointer: '/expiresInSeconds', rule: 'maximum', message }],
  })
}
