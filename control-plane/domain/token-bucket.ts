/** What a limit grants: `rate` tokens a second, and `capacity` of them at once. */
export type BucketTerms = { rate: number; capacity: number }
/** What is left of it at the moment `at`, in milliseconds. */
export type Bucket = BucketTerms & { tokens: number; at: number }

/**
 * Takes one token. Terms that changed act on the bucket as it is: it was refilled at the rate that held until now, then cut to the
 * new size. Without a bucket it starts full. `waitMs`: 0 when there was a token, else until there is one.
 */
export function takeToken(old: Bucket | undefined, terms: BucketTerms, at: number): { bucket: Bucket; waitMs: number } {
  const refilled = old ? Math.min(old.capacity, old.tokens + ((at - old.at) / 1000) * old.rate) : terms.capacity
  const tokens = Math.min(refilled, terms.capacity)
  const taken = tokens >= 1
  return {
    bucket: { ...terms, at, tokens: taken ? tokens - 1 : tokens },
    waitMs: taken ? 0 : ((1 - tokens) / terms.rate) * 1000,
  }
}

/** For `Retry-After`: whole seconds, at least one (RFC 9110, 10.2.3). */
export const retryAfterSeconds = (waitMs: number): number => Math.max(1, Math.ceil(waitMs / 1000))
