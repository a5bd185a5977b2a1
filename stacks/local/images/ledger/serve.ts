import { setTimeout as pause } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { serveConfig } from './config.ts'
import { createLedger } from './ledger.ts'
import { builtTag, releaseOf } from './release.ts'

/** Longest time for requests in flight after the drain, in milliseconds; inside the chart's termination grace period. */
const FINISH_MS = 20_000

/** Serves until SIGTERM or SIGINT: then not ready but serving for the drain time, requests in flight finished, connections closed. */
export async function serve(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = serveConfig(env)
  const release = releaseOf(builtTag())
  const log = pino({
    level: config.logLevel,
    base: { product: 'ledger', version: release.version, unit: config.unit.name },
  })
  const ledger = await createLedger({ config, release, log })
  await ledger.app.listen({ host: config.host, port: config.port })
  closeWithGrace({ delay: config.drainMs + FINISH_MS, logger: log }, async ({ err }) => {
    if (err) log.fatal({ event: 'ledger.crashed', err }, 'ledger crashed')
    ledger.readiness.drain()
    if (!err) await pause(config.drainMs)
    await ledger.close()
    log.info({ event: 'ledger.stopped' }, 'ledger stopped')
  })
  const { host, port, tenantsFile } = config
  log.info({ event: 'ledger.started', host, port, tenantsFile, tag: release.tag }, 'ledger started')
}
