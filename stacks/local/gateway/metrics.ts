/** Upper bounds of the duration histogram, in seconds; those of the OpenTelemetry HTTP convention plus 1 ms. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

type Series = { route: string; status: number; counts: number[]; sum: number; total: number }

/**
 * Requests and durations by route and status as Prometheus text. By hand: the hot path is two additions, and a series of a
 * removed route must go with it, which the metrics SDK cannot do.
 */
export function createRequestMetrics(prefix: string) {
  const all = new Map<string, Series>()
  return {
    /** Counts one answered request; `seconds` from its arrival to the last byte. */
    observe(route: string, status: number, seconds: number): void {
      const key = `${route} ${status}`
      let series = all.get(key)
      if (!series) all.set(key, (series = { route, status, counts: BOUNDS.map(() => 0), sum: 0, total: 0 }))
      series.sum += seconds
      series.total += 1
      const bucket = BOUNDS.findIndex((bound) => seconds <= bound)
      if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    },
    /** Forgets the routes that no longer exist. */
    retain(exists: (route: string) => boolean): void {
      for (const [key, { route }] of all) if (!exists(route)) all.delete(key)
    },
    render(): string {
      const name = `${prefix}_request_duration_seconds`
      const out = [`# HELP ${name} Time from a request's arrival to its last byte.`, `# TYPE ${name} histogram`]
      for (const { route, status, counts, sum, total } of all.values()) {
        const labels = `route=${JSON.stringify(route)},status="${status}"`
        let below = 0
        for (const [index, bound] of BOUNDS.entries()) {
          below += counts[index] ?? 0
          out.push(`${name}_bucket{${labels},le="${bound}"} ${below}`)
        }
        out.push(
          `${name}_bucket{${labels},le="+Inf"} ${total}`,
          `${name}_sum{${labels}} ${sum}`,
          `${name}_count{${labels}} ${total}`,
        )
      }
      const requests = `${prefix}_requests_total`
      out.push(`# HELP ${requests} Requests answered.`, `# TYPE ${requests} counter`)
      for (const { route, status, total } of all.values()) {
        out.push(`${requests}{route=${JSON.stringify(route)},status="${status}"} ${total}`)
      }
      return `${out.join('\n')}\n`
    },
  }
}
