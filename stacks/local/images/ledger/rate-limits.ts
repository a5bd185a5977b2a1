import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'

type Bucket = { tokens: number; at: number; rate: number; capacity: number }
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
  const bucketOf = ({ id, limits }: Pick<PublishedTenant, 'id' | 'limits'>): Bucket => {
    const at = now()
    const rate = limits.requestsPerSecond / replicas
    const capacity = Math.max(1, limits.burst / replicas)
    const old = buckets.get(id)
    // refilled at the rate that held until now, then cut to the new size
    const refilled = old ? Math.min(old.capacity, old.tokens + ((at - old.at) / 1000) * old.rate) : capacity
    const bucket = { tokens: Math.min(refilled, capacity), at, rate, capacity }
    buckets.set(id, bucket)
    return bucket
  }
  return {
    take: (tenant) => {
      const bucket = bucketOf(tenant)
      if (bucket.tokens < 1) {
        return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((1 - bucket.tokens) / bucket.rate)) }
      }
      bucket.tokens -= 1
      return { allowed: true }
    },
    retain: (tenantIds) => {
      for (const id of buckets.keys()) if (!tenantIds.has(id)) buckets.delete(id)
    },
  }
}
