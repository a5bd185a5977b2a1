import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { assertSchema } from '../control-plane/database/schema-version.ts'
import { systemClock } from '../control-plane/platform/clock.ts'
import { operationMeters } from '../control-plane/features/operations/operations.meters.ts'
import { loadConfig } from '../control-plane/platform/config.ts'
import { openDatabase, type Database } from '../control-plane/platform/database.ts'
import { createLogger, type Logger } from '../control-plane/platform/logger.ts'
import { refuse } from '../control-plane/platform/refuse.ts'
import { sealingKey } from '../control-plane/platform/sealing.ts'
import { createSigning } from '../control-plane/platform/signing.ts'
import { createTelemetry, observePools, observeProcess } from '../control-plane/platform/telemetry.ts'
import { startTracing } from '../control-plane/platform/tracing.ts'
import { createRenderer } from '../stacks/kubernetes/render.ts'
import { workflowBundle } from './bundle.ts'
import { startObservers } from './drift/observers.ts'
import { localBackups } from './regions/local-backups.ts'
import { localStacks } from './regions/local-stacks.ts'
import { stackTools } from './regions/stack-request.ts'
import { openRegions } from './regions/regions.ts'
import { assertStateBucket } from './regions/state-bucket.ts'
import { composeSteps } from './worker/compose.ts'
import { startHealthServer } from './worker/health-server.ts'
import { keepWorking } from './worker/keep-working.ts'
import { installRuntime } from './worker/runtime.ts'
import { stepMetrics } from './worker/step-metrics.ts'

/** A step that waits this long for a row is tried again later; a statement that takes this long is a fault. */
const SETTINGS = { lock_timeout: '10s', statement_timeout: '30s', idle_in_transaction_session_timeout: '60s' }
/** The plane's own charts first: nothing configured takes their place. */
const chartFolders = (configured = ''): string[] => [
  fileURLToPath(new URL('../charts', import.meta.url)),
  ...configured.split(path.delimiter).filter((folder) => folder !== ''),
]

function openRecords(url: string, logger: Logger): Database {
  const onError = (err: unknown) => logger.warn({ event: 'database.connection-lost', err }, 'database connection lost')
  return openDatabase({ url, applicationName: 'steward-worker', settings: SETTINGS, max: 16, onError })
}

/** What seals and signs. Throws when the key is not that of this installation. */
async function openSeals(text: string, database: Database) {
  const key = sealingKey(text)
  const signing = createSigning({ key, clock: systemClock })
  await database.transaction(signing.assertOpens)
  return { signing, sealingKey: key }
}

async function start(): Promise<void> {
  const config = loadConfig(process.env, ['DATABASE_WORKER_URL', 'TEMPORAL_ADDRESS', 'STEWARD_SEALING_KEY'])
  const tools = stackTools(config)
  const cache =
    config.STEWARD_CACHE ?? path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'steward')
  const logger = createLogger({ level: config.STEWARD_LOG_LEVEL, process: 'worker' })
  if (tools?.stateBucket) await assertStateBucket(tools.stateBucket, logger)
  installRuntime(logger)
  const tracing = await startTracing('steward-worker', config, logger)
  const database = openRecords(config.DATABASE_WORKER_URL, logger)
  const ahead = await assertSchema(database)
  if (ahead.length > 0) logger.warn({ event: 'schema.ahead', migrations: ahead }, 'serving on a newer schema')
  const seals = await openSeals(config.STEWARD_SEALING_KEY, database)

  const telemetry = createTelemetry()
  const own = observeProcess(telemetry.meter)
  observePools(telemetry.meter, { worker: database })
  const regions = openRegions(
    createRenderer({ helm: config.STEWARD_HELM ?? 'helm', charts: chartFolders(config.STEWARD_CHARTS) }),
  )
  const bundle = await workflowBundle({ cache })
  const [stacks, stackBackups] = [localStacks(tools), localBackups(config.STEWARD_POSTGRES_BIN)]
  const records = { database, ...seals, clock: systemClock, observer: operationMeters(telemetry.meter) }
  const steps = composeSteps({ ...records, regions, stacks, stackBackups, logger })
  const work = keepWorking({
    address: config.TEMPORAL_ADDRESS,
    parts: {
      namespace: config.TEMPORAL_NAMESPACE,
      bundle,
      log: logger,
      observe: stepMetrics(telemetry.meter),
      ...steps,
    },
    logger,
  })
  const observers = startObservers({ ...steps.deps, logger }, config, tools !== undefined)
  const health = await startHealthServer(
    { host: config.STEWARD_HOST, port: config.STEWARD_WORKER_PORT },
    {
      ready: async () => {
        if (!work.polling()) throw new Error('not polling')
        await database.transaction(async () => {})
      },
      metrics: telemetry.exposition,
    },
  )
  const closer = closeWithGrace({ delay: 25_000, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ event: 'worker.crashed', err }, 'stopping after an unexpected error')
    else logger.info({ event: 'worker.stopping', signal }, 'draining')
    await Promise.all([work.drain(), observers.stop()])
    await Promise.all([regions.close(), health.close(), database.close(), telemetry.close(), tracing.close()])
    own.close()
  })
  logger.info({ event: 'worker.started', port: health.port, config }, 'worker started')
  await work.ended.catch((err: unknown) => {
    logger.fatal({ event: 'worker.failed', err }, 'the Temporal worker ended by itself')
    process.exitCode = 1
    closer.close()
  })
}

await start().catch(refuse('worker'))
