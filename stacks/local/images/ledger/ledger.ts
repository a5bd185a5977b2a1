import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import type { ServeConfig } from './config.ts'
import { openDatabase } from './database.ts'
import { createMetrics, type Gauge } from './metrics.ts'
import { createRateLimits } from './rate-limits.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import type { Release } from './release.ts'
import { type TenantsStatus, watchTenants } from './watched-tenants.ts'

export interface Ledger {
  app: FastifyInstance
  readiness: Readiness
  /** Stops accepting, finishes what is in flight, then lets go of the file and the database. */
  close: () => Promise<void>
}
type Options = {
  config: Omit<ServeConfig, 'host' | 'port' | 'drainMs' | 'logLevel'>
  release: Release
  log: FastifyBaseLogger
}

/** Puts one pod's parts together; the app listens nowhere yet. */
export async function createLedger({ config, release, log }: Options): Promise<Ledger> {
  const limits = createRateLimits({ replicas: config.replicas })
  const metrics = createMetrics({ version: release.version, gauges: tenantsGauges(() => tenants.status()) })
  const tenants = await watchTenants({
    file: config.tenantsFile,
    unit: config.unit,
    tenancy: config.tenancy,
    onLoaded: ({ revision, tenants: listed }) => {
      limits.retain(new Set(listed.map(({ id }) => id)))
      metrics.retain(new Set(listed.map(({ slug }) => slug)))
      metrics.reload('loaded')
      log.info({ event: 'tenants.loaded', revision, tenants: listed.length }, 'tenants file loaded')
    },
    onBroken: (reason) => {
      metrics.reload('refused')
      log.warn({ event: 'tenants.refused', reason }, 'tenants file refused')
    },
  })
  const database = openDatabase({
    url: config.databaseUrl,
    name: `ledger ${release.tag}`,
    tenancy: config.tenancy,
    onLost: (err) => log.warn({ event: 'database.lost', err }, 'database connection lost'),
  })
  const readiness = createReadiness({ release, tenants, database })
  const app = buildApp({ release, unit: config.unit.name, tenants, limits, metrics, database, readiness, log })
  const close = async () => {
    readiness.drain()
    await app.close()
    tenants.stop()
    await database.close()
  }
  return { app, readiness, close }
}

const tenantsGauges = (status: () => TenantsStatus): Gauge[] => [
  { name: 'ledger_tenants', help: 'Tenants of the file in use', value: () => status().count },
  {
    name: 'ledger_tenants_file_revision',
    help: 'Revision in use, -1 before the first',
    value: () => status().revision,
  },
  {
    name: 'ledger_tenants_file_broken',
    help: '1 while the file that is there is refused',
    value: () => (status().broken === null ? 0 : 1),
  },
]
