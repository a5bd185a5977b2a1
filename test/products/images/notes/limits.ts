import type { Tenant } from './tenants.ts'

type Bucket = { tokens: number; at: number }

/** One token bucket per tenant; `replicas` pods take equal parts of each limit. False: over the rate. */
export function createLimits(replicas: number): (tenant: Tenant) => boolean {
  const buckets = new Map<string, Bucket>()
  return ({ id, limits }) => {
    const now = performance.now()
    const size = Math.max(1, limits.burst / replicas)
    const { tokens, at } = buckets.get(id) ?? { tokens: size, at: now }
    const filled = Math.min(size, tokens + ((now - at) / 1000) * (limits.requestsPerSecond / replicas))
    buckets.set(id, { tokens: filled < 1 ? filled : filled - 1, at: now })
    return filled >= 1
  }
}
