import closeWithGrace from 'close-with-grace'
import { buildPlane } from './app.ts'
import { assertSchema } from './database/schema-version.ts'
import { systemClock } from './platform/clock.ts'
import { loadConfig } from './platform/config.ts'
import { openDatabase } from './platform/database.ts'
import { createLogger } from './platform/logger.ts'
import { refuse } from './platform/refuse.ts'
import { sealingKey } from './platform/sealing.ts'
import { createSigning } from './platform/signing.ts'
import { connectTemporal } from './platform/temporal.ts'
import { startTracing } from './platform/tracing.ts'

/** A request that waits this long for a row gives up and can be repeated; a statement that takes this long is a fault. */
const SETTINGS = { lock_timeout: '10s', statement_timeout: '30s', idle_in_transaction_session_timeout: '60s' }

async function start(): Promise<void> {
  const config = loadConfig(process.env, ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'STEWARD_SEALING_KEY'])
  const logger = createLogger({ level: config.STEWARD_LOG_LEVEL, process: 'api' })
  const tracing = await startTracing('steward-api', config, logger)
  const onError = (err: unknown) => logger.warn({ event: 'database.connection-lost', err }, 'database connection lost')
  const operator = openDatabase({
    url: config.DATABASE_URL,
    applicationName: 'steward-api',
    settings: SETTINGS,
    max: 16,
    onError,
  })
  const temporal = connectTemporal({ address: config.TEMPORAL_ADDRESS, namespace: config.TEMPORAL_NAMESPACE })
  const ahead = await assertSchema(operator)
  if (ahead.length > 0) logger.warn({ event: 'schema.ahead', migrations: ahead }, 'serving on a newer schema')
  const signing = createSigning({ key: sealingKey(config.STEWARD_SEALING_KEY), clock: systemClock })
  await operator.transaction(signing.assertOpens)
  const plane = await buildPlane({ config, databases: { operator }, temporal, signing, clock: systemClock, logger })
  closeWithGrace({ delay: 10_000, logger }, async ({ err, signal }) => {
    if (err) logger.fatal({ event: 'api.crashed', err }, 'stopping after an unexpected error')
    else logger.info({ event: 'api.stopping', signal }, 'stopping')
    await plane.close()
    await Promise.all([operator.close(), temporal.close(), tracing.close()])
  })
  const url = await plane.app.listen({ host: config.STEWARD_HOST, port: config.STEWARD_PORT })
  logger.info({ event: 'api.started', url, config }, 'API ready')
}

await start().catch(refuse('api'))
