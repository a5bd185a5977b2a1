import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import type { Pod } from './ask.ts'

/** Who is asked for: tenants of the check's own, where the unit can have any. */
export type Asked = {
  pods: readonly Pod[]
  version: string
  /** A tenant that is served; of a silo its own. */
  served: Pick<PublishedTenant, 'slug' | 'hosts'>
  suspended: Pick<PublishedTenant, 'hosts'> | null
  limited: Pick<PublishedTenant, 'hosts'> | null
  signal: AbortSignal
}
