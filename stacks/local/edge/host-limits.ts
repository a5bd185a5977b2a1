import { type Bucket, retryAfterSeconds, takeToken } from '../../../control-plane/domain/token-bucket.ts'
import type { EdgeEntry } from './edge-table.ts'

export interface HostLimits {
  /** Null: let it pass. Else seconds until the host may ask again. */
  take: (entry: Pick<EdgeEntry, 'host' | 'limits'>) => number | null
}

/** Buckets of hosts that are gone are dropped when the hosts with a bucket have doubled since the last look. */
const LEAST = 1000

/**
 * The limit of each host whose route states one, for the whole edge. The product keeps it, too; refused here, a flood costs one
 * parsed request and reaches neither gateway nor pod (decision 0031). `now` in milliseconds.
 */
export function createHostLimits(
  isOpen: (host: string) => boolean,
  now: () => number = () => performance.now(),
): HostLimits {
  const buckets = new Map<string, Bucket>()
  let most = LEAST
  const forget = () => {
    for (const host of buckets.keys()) if (!isOpen(host)) buckets.delete(host)
    most = Math.max(LEAST, 2 * buckets.size)
  }
  return {
    take({ host, limits }) {
      if (limits === undefined) return null
      const terms = { rate: limits.requestsPerSecond, capacity: limits.burst }
      const { bucket, waitMs } = takeToken(buckets.get(host), terms, now())
      buckets.set(host, bucket)
      if (buckets.size > most) forget()
      return waitMs === 0 ? null : retryAfterSeconds(waitMs)
    },
  }
}
