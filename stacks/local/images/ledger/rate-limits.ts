import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'
import { type Bucket, retryAfterSeconds, takeToken } from '../../../../control-plane/domain/token-bucket.ts'

export type Taken = { allowed: true } | { allowed: false; retryAfterSeconds: number }

export interface RateLimits {
  take: (tenant: Pick<PublishedTenant, 'id' | 'limits'>) => Taken
  /** Forgets tenants that are no longer there. */
  retain: (tenantIds: ReadonlySet<string>) => void
}

/**
 * One token bucket per tenant. Pods share a tenant's limit in equal parts, because the gateway spreads requests evenly; each part
 * holds at least one request. Changed limits act on the bucket as it is: what was used stays used. `now` is in milliseconds.
 */
export function createRateLimits({
  replicas,
  now = () => performance.now(),
}: {
  replicas: number
  now?: () => number
}): RateLimits {
  const buckets = new Map<string, Bucket>()
  return {
    take: ({ id, limits }) => {
      const terms = { rate: limits.requestsPerSecond / replicas, capacity: Math.max(1, limits.burst / replicas) }
      const { bucket, waitMs } = takeToken(buckets.get(id), terms, now())
      buckets.set(id, bucket)
      return waitMs === 0 ? { allowed: true } : { allowed: false, retryAfterSeconds: retryAfterSeconds(waitMs) }
    },
    retain: (tenantIds) => {
      for (const id of buckets.keys()) if (!tenantIds.has(id)) buckets.delete(id)
    },
  }
}
