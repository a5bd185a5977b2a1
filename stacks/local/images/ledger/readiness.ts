import type { Database } from './database.ts'
import type { Release } from './release.ts'
import type { WatchedTenants } from './watched-tenants.ts'

type Check = { ok: boolean; detail?: string }
export interface Readiness {
  checks: () => Promise<Readonly<Record<'serving' | 'tenantsFile' | 'schema', Check>>>
  /** From now on not ready, while requests that still arrive are served. */
  drain: () => void
  draining: () => boolean
}
type Options = { release: Release; tenants: Pick<WatchedTenants, 'status'>; database: Pick<Database, 'migrations'> }

/**
 * Ready: tenants known, schema as new as this release expects, not shutting down. The schema is asked for until it was right once: a
 * database that goes away later is everybody's, so taking all pods out of the gateway would help nobody.
 */
export function createReadiness({ release, tenants, database }: Options): Readiness {
  let draining = false
  let schema: Check = { ok: false, detail: 'not looked at yet' }
  const expected = release.migrations.filter((name) => name.endsWith('.expand.sql'))
  const lookAtSchema = async (): Promise<Check> => {
    try {
      const applied = await database.migrations()
      const missing = expected.filter((name) => !applied.has(name))
      return missing.length === 0
        ? { ok: true }
        : { ok: false, detail: `migrations to run first: ${missing.join(', ')}` }
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) }
    }
  }
  const tenantsFile = (): Check => {
    const { revision, broken } = tenants.status()
    if (revision < 0) return { ok: false, detail: `no tenants file yet: ${broken}` }
    return broken === null
      ? { ok: true }
      : { ok: true, detail: `revision ${revision} stays in use, the file is refused: ${broken}` }
  }
  return {
    checks: async () => {
      if (!schema.ok) schema = await lookAtSchema()
      const serving: Check = draining ? { ok: false, detail: 'shutting down' } : { ok: true }
      return { serving, tenantsFile: tenantsFile(), schema }
    },
    drain: () => (draining = true),
    draining: () => draining,
  }
}
