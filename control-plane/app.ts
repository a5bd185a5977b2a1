import type { FastifyInstance } from 'fastify'
import { wireCustomers, type CustomerParts } from './customer-wiring.ts'
import { accessSettings, wireAccess, type AccessParts } from './access-wiring.ts'
import { openCredentials } from './features/access/access.credentials.ts'
import { startBackingUp } from './features/backups/backups.schedule.ts'
import { backupGauges } from './features/backups/backups.gauges.ts'
import { backupsRoutes } from './features/backups/backups.routes.ts'
import { backupsService } from './features/backups/backups.service.ts'
import { auditRoutes } from './features/audit/audit.routes.ts'
import { auditService, createAuditAppend } from './features/audit/audit.service.ts'
import { createCheckpoints, type WriteCheckpoint } from './features/audit/audit.checkpoint.ts'
import { auditGauges } from './features/audit/audit.gauges.ts'
import { createRefusals } from './features/audit/audit.refusals.ts'
import { startCheckpoints } from './features/audit/audit.schedule.ts'
import { driftRoutes } from './features/drift/drift.routes.ts'
import { driftService } from './features/drift/drift.service.ts'
import { evidenceGauges } from './features/evidence/evidence.gauges.ts'
import { evidenceRoutes } from './features/evidence/evidence.routes.ts'
import { startAttesting } from './features/evidence/evidence.schedule.ts'
import { evidenceService } from './features/evidence/evidence.service.ts'
import { evidenceStore } from './features/evidence/evidence.store.ts'
import { startRetention } from './features/exports/exports.retention.ts'
import { handOffsStore } from './features/hand-offs/hand-offs.store.ts'
import { healthRoutes } from './features/health/health.routes.ts'
import { healthService, type Check } from './features/health/health.service.ts'
import { keysRoutes } from './features/keys/keys.routes.ts'
import { keysService } from './features/keys/keys.service.ts'
import { observeApprovals } from './features/operations/operations.approval-metric.ts'
import { temporalEngine } from './features/operations/operations.engine.ts'
import { operationsEvents } from './features/operations/operations.events.ts'
import { openEventHub, type EventHub } from './features/operations/operations.hub.ts'
import { operationGauges } from './features/operations/operations.gauges.ts'
import { operationMeters, type OperationObserver } from './features/operations/operations.meters.ts'
import { startOperationsRelay } from './features/operations/operations.relay.ts'
import { lockSubjects } from './features/operations/operations.request.ts'
import { operationsRoutes } from './features/operations/operations.routes.ts'
import { plansService as changePlans } from './features/operations/operations.plans.ts'
import { operationsService } from './features/operations/operations.service.ts'
import { startSweeper } from './features/operations/operations.sweeper.ts'
import { operationsViews } from './features/operations/operations.views.ts'
import { startRetiring } from './features/moves/moves.schedule.ts'
import { movesStore } from './features/moves/moves.store.ts'
import { ruleOfPlans } from './features/plans/plans.stack-rule.ts'
import { orphanGauges } from './features/orphans/orphans.gauges.ts'
import { orphansRoutes } from './features/orphans/orphans.routes.ts'
import { orphansService } from './features/orphans/orphans.service.ts'
import { plansRoutes } from './features/plans/plans.routes.ts'
import { plansService } from './features/plans/plans.service.ts'
import { approvalOfChange } from './features/tenants/tenants.approval.ts'
import { findRelease } from './features/products/products.releases.ts'
import { productsRoutes } from './features/products/products.routes.ts'
import { productsService } from './features/products/products.service.ts'
import { readRegionFile } from './features/regions/regions.file.ts'
import { regionsRoutes } from './features/regions/regions.routes.ts'
import { regionsService, type RegionsService } from './features/regions/regions.service.ts'
import type { SessionsService } from './features/sessions/sessions.service.ts'
import type { SignInService } from './features/sign-in/sign-in.service.ts'
import { stackKeysRoutes } from './features/stack-keys/stack-keys.routes.ts'
import { stackKeysService } from './features/stack-keys/stack-keys.service.ts'
import { startTrials } from './features/tenants/tenants.trial-schedule.ts'
import { tenantsStore } from './features/tenants/tenants.store.ts'
import { unitsRoutes } from './features/units/units.routes.ts'
import { cellsRoutes } from './features/units/units.cells-routes.ts'
import { cellsService } from './features/units/units.cells-service.ts'
import { findUnit } from './features/units/units.find.ts'
import { unitsService } from './features/units/units.service.ts'
import { unitsStore } from './features/units/units.store.ts'
import { featureHooks } from './hooks.ts'
import type { AuditAppend } from './platform/audit.ts'
import { authPlugin } from './platform/auth.ts'
import type { Clock } from './platform/clock.ts'
import { conditionGauges } from './platform/conditions.ts'
import type { ConfigWith } from './platform/config.ts'
import type { Database, Tx } from './platform/database.ts'
import { openExportStore } from './platform/export-stores.ts'
import { createHttp } from './platform/http.ts'
import { forgetOldKeys } from './platform/idempotency.ts'
import { installationKey } from './platform/installation-key.ts'
import type { Logger } from './platform/logger.ts'
import { createCursors } from './platform/pagination.ts'
import { sealingKey } from './platform/sealing.ts'
import type { Signing } from './platform/signing.ts'
import { observeRows } from './platform/row-gauges.ts'
import {
  createTelemetry,
  httpMetricsPlugin,
  observePools,
  observeProcess,
  type Telemetry,
} from './platform/telemetry.ts'
import type { Temporal } from './platform/temporal.ts'

/** Version of the API, in its document. */
export const API_VERSION = '1.0.0'

export type Parts = AccessParts &
  CustomerParts & {
    signing: Signing
    logger: Logger
    telemetry: Telemetry
    /** Tells streams of events when to look. */
    hub: EventHub
    /** What readiness asks. */
    checks: readonly Check[]
    /** How long an operation waits for an approval, milliseconds. */
    approvalMs: number
  }
export type Assembled = {
  app: FastifyInstance
  regions: RegionsService
  access: Awaited<ReturnType<typeof wireAccess>>
  checkpoint: WriteCheckpoint
}

/** The services of all features, wired by hand. */
function wireServices(parts: Parts, audit: AuditAppend) {
  const { database, cursors, signing, clock, logger, hub, checks, approvalMs } = parts
  const checkpoint = createCheckpoints({ signing, clock })
  const operations = operationsService({ database, hooks: featureHooks(lockSubjects, clock), audit, clock, approvalMs })
  const asks = { database, cursors, audit, request: operations.request, lockSubjects }
  const views = operationsViews({ database, cursors })
  return {
    operations,
    checkpoint,
    refusals: createRefusals({ database, audit, clock, logger }),
    plans: plansService({ database, cursors }),
    products: productsService({ database, cursors, audit }),
    regions: regionsService({ database, cursors, audit }),
    cells: cellsService({ ...asks, store: unitsStore, findRelease }),
    units: unitsService({ ...asks, store: unitsStore, findRelease, approvalOfChange }),
    drift: driftService({ ...asks, findUnit: unitByReference }),
    backups: backupsService({ ...asks, findUnit: unitByReference }),
    stackKeys: stackKeysService({ ...asks, findUnit: unitByReference }),
    orphans: orphansService({ database, cursors, audit }),
    customers: wireCustomers(parts, { ...asks, clock, approvalMs }, views),
    views,
    changes: changePlans({ database, clock, audit }),
    events: operationsEvents({ database, hub }),
    audit: auditService({ database, cursors, signing, audit, checkpoint, clock }),
    keys: keysService({ database, signing, audit }),
    evidence: evidenceService({ ...asks, signing, store: evidenceStore, findUnit: unitByReference }),
    health: healthService(checks, (part, err) =>
      logger.warn({ event: 'health.down', part, err }, 'a part does not answer'),
    ),
  }
}

/** Wires services and routes by hand; opens nothing and starts nothing, so the document can be written from it without a server. */
export async function assemble(parts: Parts): Promise<Assembled> {
  const { logger, telemetry, clock } = parts
  const audit = createAuditAppend({ clock })
  const access = await wireAccess(parts, audit)
  const wired = wireServices(parts, audit)
  const { refusals, regions, checkpoint } = wired
  const app = await createHttp({ logger, version: API_VERSION, trustedProxies: parts.trustedProxies })
  await app.register(httpMetricsPlugin, { meter: telemetry.meter })
  await app.register(authPlugin, { ...access.auth, onRefused: refusals.note })
  app.addHook('onReady', async () => refusals.start())
  app.addHook('onClose', refusals.stop)
  await app.register(healthRoutes, { health: wired.health, exposition: telemetry.exposition })
  await app.register(access.routes)
  await app.register(plansRoutes, { plans: wired.plans })
  await app.register(productsRoutes, { products: wired.products })
  await app.register(regionsRoutes, { regions })
  await app.register(cellsRoutes, { cells: wired.cells })
  await app.register(unitsRoutes, { units: wired.units })
  await app.register(driftRoutes, { drift: wired.drift })
  await app.register(backupsRoutes, { backups: wired.backups })
  await app.register(stackKeysRoutes, { keys: wired.stackKeys })
  await app.register(orphansRoutes, { orphans: wired.orphans })
  await app.register(wired.customers)
  const { operations: service, views, changes, events } = wired
  await app.register(operationsRoutes, { service, views, plans: changes, events })
  await app.register(auditRoutes, { audit: wired.audit })
  await app.register(keysRoutes, { keys: wired.keys })
  await app.register(evidenceRoutes, { evidence: wired.evidence })
  return { app, regions, access, checkpoint }
}

const unitByReference = (tx: Tx, reference: string) => findUnit({ store: unitsStore }, tx, reference)

export type PlaneOptions = {
  config: ConfigWith<'STEWARD_SEALING_KEY'>
  /** Pools by login; the API has one. */
  databases: { operator: Database }
  temporal: Pick<Temporal, 'client' | 'check'>
  signing: Signing
  clock: Clock
  logger: Logger
}
export type Plane = { app: FastifyInstance; close: () => Promise<void> }

/** What is measured of the process, its pools and the rows. */
function observePlane(
  { meter }: Telemetry,
  databases: PlaneOptions['databases'],
  { attestMs, backupMs }: { attestMs: number; backupMs: number },
  logger: Logger,
): ReturnType<typeof observeProcess> {
  observePools(meter, databases)
  const gauges = [
    ...operationGauges,
    ...conditionGauges,
    ...auditGauges,
    ...orphanGauges,
    ...evidenceGauges({ everyMs: attestMs }),
    ...backupGauges({ everyMs: backupMs }),
  ]
  observeRows(meter, databases.operator, gauges, (err) =>
    logger.warn({ event: 'metrics.rows-unread', err }, 'the database does not say what is measured in it'),
  )
  observeApprovals(meter, databases.operator)
  return observeProcess(meter)
}

/** The whole API process but for its port: routes, the region it starts with, and the loops beside the routes. */
export async function buildPlane({
  config,
  databases,
  temporal,
  signing,
  clock,
  logger,
}: PlaneOptions): Promise<Plane> {
  const database = databases.operator
  const telemetry = createTelemetry()
  const intervals = intervalsOf(config)
  const process = observePlane(telemetry, databases, intervals, logger)
  const cursors = createCursors(await database.transaction((tx) => installationKey(tx, 'cursors')))
  const hub = await openEventHub(database)
  const credentials = await openCredentials({ database, clock })
  const checks = [
    { name: 'database', run: () => database.transaction(async () => {}) },
    { name: 'temporal', run: temporal.check },
  ]
  const approvalMs = config.STEWARD_APPROVAL_HOURS * HOUR_MS
  const { app, regions, access, checkpoint } = await assemble({
    database,
    cursors,
    signing,
    clock,
    logger,
    telemetry,
    credentials,
    ...accessSettings(config),
    hub,
    checks,
    approvalMs,
    kubeconfigSeconds: config.STEWARD_KUBECONFIG_MAX_MINUTES * 60,
    quoteMs: config.STEWARD_QUOTE_DAYS * DAY_MS,
    publicUrl: config.STEWARD_PUBLIC_URL,
    soakMinutes: config.STEWARD_MOVE_SOAK_HOURS * 60,
    sealingKey: sealingKey(config.STEWARD_SEALING_KEY),
  })
  if (config.STEWARD_REGION_FILE !== undefined) {
    const region = await readRegionFile(config.STEWARD_REGION_FILE)
    const outcome = await regions.seed(region)
    logger.info({ event: 'region.seeded', region: region.name, outcome }, 'region seeded')
  }
  await app.ready()
  const observer = operationMeters(telemetry.meter)
  const terms = { approvalMs, ...intervals, noticeMs: config.STEWARD_TRIAL_NOTICE_DAYS * DAY_MS }
  const loops = await startLoops({ database, temporal, clock, logger, observer, ...access, terms })
  const schedule = startCheckpoints({ database, checkpoint, clock, logger, meter: telemetry.meter })
  return {
    app,
    close: async () => {
      await Promise.all([loops.stop(), schedule.stop()])
      await app.close()
      await hub.close()
      await credentials.close()
      process.close()
      await telemetry.close()
    },
  }
}

/** How often the plane itself asks for what is to be seen anew. */
const intervalsOf = ({ STEWARD_ATTEST_HOURS, STEWARD_BACKUP_HOURS }: PlaneOptions['config']) => ({
  attestMs: STEWARD_ATTEST_HOURS * HOUR_MS,
  backupMs: STEWARD_BACKUP_HOURS * HOUR_MS,
})

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What brings rows to Temporal, finds operations whose workflow is gone, and forgets what has had its time. */
async function startLoops({
  database,
  temporal,
  clock,
  logger,
  observer,
  sessions,
  signIn,
  terms,
}: Pick<PlaneOptions, 'temporal' | 'clock' | 'logger'> & {
  database: Database
  observer: OperationObserver
  sessions: SessionsService
  signIn: SignInService
  terms: { approvalMs: number; attestMs: number; backupMs: number; noticeMs: number }
}) {
  const hooks = featureHooks(lockSubjects, clock)
  const audit = createAuditAppend({ clock })
  const deps = { database, hooks, engine: temporalEngine(temporal.client), clock, audit, logger, observer }
  const relay = await startOperationsRelay(deps)
  const sweeper = startSweeper(deps)
  const forget = () =>
    database
      .transaction(forgetOldKeys)
      .then(signIn.forgetOld)
      .then(() => database.transaction((tx) => handOffsStore.forget(tx, clock.now().toISOString())))
      .catch((err: unknown) => logger.warn({ event: 'idempotency.not-swept', err }, 'old keys stay until the next try'))
  const request = operationsService({ database, hooks, audit, clock, approvalMs: terms.approvalMs }).request
  const store = evidenceStore
  const due = { database, store, findUnit: unitByReference, request, lockSubjects, audit, clock, logger }
  const attesting = startAttesting({ ...due, everyMs: terms.attestMs })
  const backingUp = startBackingUp({ ...due, everyMs: terms.backupMs })
  const retiring = startRetiring({ ...due, store: movesStore, stackRule: ruleOfPlans })
  const trials = startTrials({ ...due, store: tenantsStore, noticeMs: terms.noticeMs })
  const lockTenant = tenantsStore.lock
  const retention = startRetention({ database, audit, clock, logger, lockTenant, openStore: openExportStore })
  const noteExpired = () =>
    sessions
      .noteExpired()
      .catch((err: unknown) =>
        logger.warn({ event: 'sessions.not-noted', err }, 'ended sessions are noted at the next try'),
      )
  const housekeeping = [setInterval(() => void forget(), HOUR_MS), setInterval(() => void noteExpired(), MINUTE_MS)]
  for (const timer of housekeeping) timer.unref()
  return {
    stop: async () => {
      for (const timer of housekeeping) clearInterval(timer)
      await Promise.all([
        relay.stop(),
        sweeper.stop(),
        attesting.stop(),
        backingUp.stop(),
        retiring.stop(),
        trials.stop(),
        retention.stop(),
      ])
    },
  }
}
