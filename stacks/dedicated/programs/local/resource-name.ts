import { createHash } from 'node:crypto'

/** What an estate takes for a name. */
const NAME_MAX = 40
const HASH_LENGTH = 8

/** What a stack is made of. */
export const STACK_PARTS = ['cluster', 'db', 'key', 'backups'] as const
export type StackPart = (typeof STACK_PARTS)[number]
/** What the estate calls each of them. */
export const KIND_OF_PART: Readonly<Record<StackPart, string>> = {
  cluster: 'kubernetes-cluster',
  db: 'postgres-cluster',
  key: 'key',
  backups: 'backup-store',
}

/** Name of a tenant's resource at the estate: a slug that is too long is cut, and a hash of it keeps it apart from others. */
export function resourceName(tenant: string, what: StackPart): string {
  const whole = `${tenant}-${what}`
  if (whole.length <= NAME_MAX) return whole
  const hash = createHash('sha256').update(tenant).digest('hex').slice(0, HASH_LENGTH)
  return `${tenant.slice(0, NAME_MAX - what.length - HASH_LENGTH - 2)}-${hash}-${what}`
}
