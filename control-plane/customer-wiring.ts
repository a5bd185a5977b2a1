import type { FastifyPluginAsync } from 'fastify'
import { tenantUrl } from './domain/naming.ts'
import { handOffLinkRoutes } from './features/hand-offs/hand-offs.link-routes.ts'
import { handOffsRoutes } from './features/hand-offs/hand-offs.routes.ts'
import { handOffsService } from './features/hand-offs/hand-offs.service.ts'
import { refuseOnHold } from './features/holds/holds.check.ts'
import { holdsRoutes } from './features/holds/holds.routes.ts'
import { holdsService } from './features/holds/holds.service.ts'
import { certificateOf, certificateRoutes } from './features/evidence/evidence.certificate.ts'
import { exportsRoutes } from './features/exports/exports.routes.ts'
import { exportsService } from './features/exports/exports.service.ts'
import { kubeconfigsRoutes } from './features/kubeconfigs/kubeconfigs.routes.ts'
import { kubeconfigsService } from './features/kubeconfigs/kubeconfigs.service.ts'
import { movesRoutes } from './features/moves/moves.routes.ts'
import { movesService } from './features/moves/moves.service.ts'
import { movesStore } from './features/moves/moves.store.ts'
import { estimateOf, type OperationsViews } from './features/operations/operations.views.ts'
import { stopRemoval } from './features/operations/operations.stop-removal.ts'
import { ruleOfPlans } from './features/plans/plans.stack-rule.ts'
import { plansStore } from './features/plans/plans.store.ts'
import { findRelease } from './features/products/products.releases.ts'
import { quotesForTenants } from './features/quotes/quotes.acceptance.ts'
import { quotesRoutes } from './features/quotes/quotes.routes.ts'
import { quotesService } from './features/quotes/quotes.service.ts'
import { sharesRoutes } from './features/shares/shares.routes.ts'
import { sharesService } from './features/shares/shares.service.ts'
import { statusRoutes } from './features/shares/shares.status-routes.ts'
import { findTenant, type TenantsDeps } from './features/tenants/tenants.deps.ts'
import { offerFor } from './features/tenants/tenants.offer.ts'
import { adoptRoutes } from './features/tenants/tenants.adopt-routes.ts'
import { moveRoutes } from './features/tenants/tenants.move-routes.ts'
import { placementStore } from './features/tenants/tenants.placement-store.ts'
import { tenantsRoutes } from './features/tenants/tenants.routes.ts'
import { tenantsService } from './features/tenants/tenants.service.ts'
import { tenantsStore } from './features/tenants/tenants.store.ts'
import { trialRoutes } from './features/tenants/tenants.trial-routes.ts'
import { unitPlace } from './features/units/units.facts.ts'
import type { Tx } from './platform/database.ts'
import { openExportStore as openStore } from './platform/export-stores.ts'
import type { Signing } from './platform/signing.ts'
import { tenantKeys } from './platform/tenant-keys.ts'
import { createLimiter } from './platform/limiter.ts'

export type CustomerParts = {
  /** The longest life of a tenant's kubeconfig, seconds. */
  kubeconfigSeconds: number
  /** How long a quote can be accepted, milliseconds. */
  quoteMs: number
  /** Where people outside reach the API. */
  publicUrl: string
  /** How long a moved tenant can go back when nobody says, minutes. */
  soakMinutes: number
  /** Seals what is kept until it is fetched. */
  sealingKey: Uint8Array
  signing: Pick<Signing, 'keys'>
}
type Asks = Pick<TenantsDeps, 'cursors' | 'audit' | 'request' | 'lockSubjects' | 'clock' | 'approvalMs' | 'database'>

/** How often one address may look at what links show: twenty people behind it whose pages come again every 5 s, and some. */
const LOOKS = { count: 300, windowMs: 60_000 }
/** How often one address may come to what is handed over. */
const OPENINGS = { count: 60, windowMs: 60_000 }

/** What is sold to customers and shown to them, from the quote to the hand-over: the features, wired to each other. */
export function wireCustomers(
  parts: CustomerParts,
  asks: Asks,
  views: Pick<OperationsViews, 'get'>,
): FastifyPluginAsync {
  const { kubeconfigSeconds: longestSeconds, quoteMs: lastsMs, publicUrl, sealingKey, soakMinutes, signing } = parts
  const byReference = (tx: Tx, reference: string) => findTenant({ store: tenantsStore }, tx, reference)
  const deps: TenantsDeps = {
    ...asks,
    store: tenantsStore,
    placement: placementStore,
    findPlan: plansStore.get,
    findRelease,
    quotes: quotesForTenants(asks),
    refuseOnHold: refuseOnHold(asks),
    moves: movesStore,
    soakMinutes,
    estimate: estimateOf,
  }
  const tenants = tenantsService(deps)
  const holds = holdsService({ ...asks, findTenant: byReference, lockTenant: tenantsStore.lock, stopRemoval })
  const exports = exportsService({ ...asks, sealingKey, tenantKeys, findTenant: byReference, openStore })
  const quotes = quotesService({ ...asks, offer: (tx, asked) => offerFor(deps, tx, asked), lastsMs })
  const kubeconfigs = kubeconfigsService({
    ...asks,
    findTenant: byReference,
    unitPlace,
    longestSeconds,
  })
  const handOffs = handOffsService({
    ...asks,
    findTenant: byReference,
    urlOf: ({ host, edgeUrl }) => tenantUrl(host, edgeUrl),
    issueKubeconfig: kubeconfigs.issue,
    sealingKey,
    publicUrl,
  })
  const moves = movesService({ ...asks, store: movesStore, stackRule: ruleOfPlans })
  const shares = sharesService({ ...asks, getOperation: views.get, publicUrl })
  return async (app) => {
    await app.register(quotesRoutes, { quotes })
    await app.register(tenantsRoutes, { tenants })
    await app.register(trialRoutes, { tenants })
    await app.register(holdsRoutes, { holds })
    await app.register(exportsRoutes, { exports })
    await app.register(adoptRoutes, { tenants })
    await app.register(moveRoutes, { tenants })
    await app.register(movesRoutes, { moves })
    await app.register(certificateRoutes, { certificate: certificateOf({ ...asks, signing, findTenant: byReference }) })
    await app.register(kubeconfigsRoutes, { kubeconfigs })
    await app.register(handOffsRoutes, { handOffs })
    await app.register(handOffLinkRoutes, { handOffs, limiter: createLimiter(OPENINGS) })
    await app.register(sharesRoutes, { shares })
    await app.register(statusRoutes, { shares, limiter: createLimiter(LOOKS) })
  }
}
