export interface Limiter {
  /** Whether one more is fine; it counts. */
  allows: (key: string) => boolean
  /** Milliseconds until one more is fine, 0 when it is now; it does not count. */
  waitMs: (key: string) => number
}

/** So many in each window by key, in this process. Past `most` keys the oldest are forgotten, so that memory stays bounded. */
export function createLimiter({
  count,
  windowMs,
  most = 10_000,
}: {
  count: number
  windowMs: number
  most?: number
}): Limiter {
  const seen = new Map<string, { from: number; count: number }>()
  return {
    allows(key) {
      const now = performance.now()
      const known = seen.get(key)
      const current = known !== undefined && now - known.from < windowMs ? known : { from: now, count: 0 }
      seen.delete(key)
      if (seen.size >= most) for (const oldest of seen.keys()) if (seen.delete(oldest)) break
      seen.set(key, current)
      return ++current.count <= count
    },
    waitMs(key) {
      const known = seen.get(key)
      if (known === undefined || known.count < count) return 0
      return Math.max(0, known.from + windowMs - performance.now())
    },
  }
}
