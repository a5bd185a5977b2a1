export type Tenancy = 'pool' | 'silo'
export type ServeConfig = {
  host: string
  port: number
  databaseUrl: string
  tenantsFile: string
  unit: { id: string; name: string }
  /** `silo`: the unit is one tenant's own. */
  tenancy: Tenancy
  /** How many pods share each tenant's rate limit. */
  replicas: number
  /** How long to keep serving after SIGTERM, until gateways have stopped sending, in milliseconds. */
  drainMs: number
  logLevel: string
}
export type MigrateConfig = { ownerUrl: string; appRole: string }
type Environment = Readonly<Record<string, string | undefined>>

/** All faults together, so that one look at the log is enough. */
class ConfigError extends Error {}

function reader(env: Environment) {
  const faults: string[] = []
  const text = (name: string, fallback?: string): string => {
    const value = env[name] || fallback
    if (value === undefined) faults.push(`${name} is not set`)
    return value ?? ''
  }
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const value = Number(env[name] || fallback)
    if (!Number.isInteger(value) || value < min || value > max)
      faults.push(`${name} must be a whole number from ${min} to ${max}`)
    return value
  }
  const tenancy = (name: string): Tenancy => {
    const value = env[name] || 'pool'
    if (value === 'pool' || value === 'silo') return value
    faults.push(`${name} must be pool or silo`)
    return 'pool'
  }
  /** Never repeats the value: it holds a password. */
  const url = (name: string): URL => {
    const value = text(name)
    if (value && !URL.canParse(value)) faults.push(`${name} is not a URL`)
    const parsed = new URL(URL.canParse(value) ? value : 'postgres://none')
    // As libpq reads it, encrypted and no certificate asked for: node-postgres alone would verify one that it has not got.
    if (parsed.searchParams.get('sslmode') === 'require') parsed.searchParams.set('uselibpqcompat', 'true')
    return parsed
  }
  const finish = <T>(config: T): Readonly<T> => {
    if (faults.length > 0) throw new ConfigError(`configuration: ${faults.join('; ')}`)
    return Object.freeze(config)
  }
  return { text, integer, tenancy, url, finish }
}

/** What `serve` needs from the environment. Throws one error that names every fault. */
export function serveConfig(env: Environment): ServeConfig {
  const { text, integer, tenancy, url, finish } = reader(env)
  return finish({
    host: text('HOST', '0.0.0.0'),
    port: integer('PORT', 8080, 0, 65_535),
    databaseUrl: url('DATABASE_URL').href,
    tenantsFile: text('TENANTS_FILE'),
    unit: { id: text('UNIT_ID', 'none'), name: text('UNIT_NAME', 'none') },
    tenancy: tenancy('TENANCY'),
    replicas: integer('REPLICAS', 1, 1, 1000),
    drainMs: integer('DRAIN_MS', 1000, 0, 60_000),
    logLevel: text('LOG_LEVEL', 'info'),
  })
}

/** What `migrate` needs: the owner's login, and the name of the product's own role out of DATABASE_URL (its password is not used). */
export function migrateConfig(env: Environment): MigrateConfig {
  const { url, finish } = reader(env)
  return finish({
    ownerUrl: url('MIGRATION_DATABASE_URL').href,
    appRole: decodeURIComponent(url('DATABASE_URL').username),
  })
}
