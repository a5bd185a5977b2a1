const NAME = 'http_server_request_duration_seconds'
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

type Series = { labels: string; below: number[]; count: number; sum: number }
export type Sample = { method: string; route: string; status: number; tenant: string; seconds: number }
export type Metrics = { observe: (sample: Sample) => void; render: () => string }

/** Durations in the OpenTelemetry HTTP convention, as Prometheus reads them. */
export function createMetrics(version: string): Metrics {
  const all = new Map<string, Series>()
  return {
    observe({ method, route, status, tenant, seconds }) {
      const labels = Object.entries({
        http_request_method: method,
        http_response_status_code: String(status),
        http_route: route,
        service_version: version,
        tenant,
      })
        .map(([label, value]) => `${label}="${value}"`)
        .join(',')
      const series = all.get(labels) ?? { labels, below: BOUNDS.map(() => 0), count: 0, sum: 0 }
      all.set(labels, series)
      BOUNDS.forEach((bound, n) => (series.below[n] = (series.below[n] ?? 0) + (seconds <= bound ? 1 : 0)))
      series.count += 1
      series.sum += seconds
    },
    render: () =>
      [
        `# HELP ${NAME} Duration of HTTP requests`,
        `# TYPE ${NAME} histogram`,
        ...[...all.values()].flatMap(({ labels, below, count, sum }) => [
          ...BOUNDS.map((bound, n) => `${NAME}_bucket{${labels},le="${bound}"} ${below[n]}`),
          `${NAME}_bucket{${labels},le="+Inf"} ${count}`,
          `${NAME}_sum{${labels}} ${sum}`,
          `${NAME}_count{${labels}} ${count}`,
        ]),
        '',
      ].join('\n'),
  }
}
