import { createHash } from 'node:crypto'

/** What an estate takes for a name. */
const NAME_MAX = 40
const HASH_LENGTH = 8

/** Name of a tenant's resource at the estate: a slug that is too long is cut, and a hash of it keeps it apart from others. */
export function resourceName(tenant: string, what: 'cluster' | 'db' | 'key' | 'backups'): string {
  const whole = `${tenant}-${what}`
  if (whole.length <= NAME_MAX) return whole
  const hash = createHash('sha256').update(tenant).digest('hex').slice(0, HASH_LENGTH)
  return `${tenant.slice(0, NAME_MAX - what.length - HASH_LENGTH - 2)}-${hash}-${what}`
}
