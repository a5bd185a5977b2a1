/** Upper bounds in seconds that the OpenTelemetry HTTP convention advises. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const
const DURATION = 'http_server_request_duration_seconds'

type Labels = Readonly<Record<string, string>>
type Series = { labels: Labels; tenant: string; buckets: number[]; count: number; sum: number }
export type RequestSample = {
  method: string
  status: number
  route: string | undefined
  tenant: string
  seconds: number
}
export type Gauge = { name: string; help: string; value: () => number }

export interface Metrics {
  request: (sample: RequestSample) => void
  reload: (outcome: 'loaded' | 'refused') => void
  /** Drops the series of tenants that are gone; `none` (hosts of nobody) stays. */
  retain: (slugs: ReadonlySet<string>) => void
  /** Everything in the Prometheus text format 0.0.4. */
  render: () => string
}

/**
 * Request durations in the OpenTelemetry HTTP convention, and gauges read when asked. Written out here because the SDK folds series past
 * a fixed number into one without labels, which hides tenants exactly where there are many, and never forgets a removed tenant.
 */
export function createMetrics({ version, gauges }: { version: string; gauges: readonly Gauge[] }): Metrics {
  const series = new Map<string, Series>()
  const reloads = { loaded: 0, refused: 0 }
  const seriesOf = ({ method, status, route, tenant }: RequestSample): Series => {
    const key = `${method} ${status} ${tenant} ${route ?? ''}`
    const labels: Labels = {
      http_request_method: method,
      http_response_status_code: String(status),
      ...(route === undefined ? {} : { http_route: route }),
      service_version: version,
      tenant,
    }
    const found = series.get(key) ?? { labels, tenant, buckets: BOUNDS.map(() => 0), count: 0, sum: 0 }
    series.set(key, found)
    return found
  }
  return {
    request: (sample) => {
      const found = seriesOf(sample)
      const first = BOUNDS.findIndex((bound) => sample.seconds <= bound)
      if (first >= 0) found.buckets[first] = (found.buckets[first] ?? 0) + 1
      found.count += 1
      found.sum += sample.seconds
    },
    reload: (outcome) => (reloads[outcome] += 1),
    retain: (slugs) => {
      for (const [key, { tenant }] of series) if (tenant !== 'none' && !slugs.has(tenant)) series.delete(key)
    },
    render: () =>
      [
        ...header('target_info', 'gauge', 'What answers here'),
        line('target_info', { service_name: 'ledger', service_version: version }, 1),
        ...gauges.flatMap(({ name, help, value }) => [...header(name, 'gauge', help), line(name, {}, value())]),
        ...header('ledger_tenants_file_reloads_total', 'counter', 'Tenants files read, by what became of them'),
        ...Object.entries(reloads).map(([outcome, value]) =>
          line('ledger_tenants_file_reloads_total', { outcome }, value),
        ),
        ...header(DURATION, 'histogram', 'Duration of HTTP requests, from the first byte read to the last one written'),
        ...[...series.values()].flatMap(histogramLines),
        '',
      ].join('\n'),
  }
}

function histogramLines({ labels, buckets, count, sum }: Series): string[] {
  let below = 0
  const bounded = BOUNDS.map((bound, index) => {
    below += buckets[index] ?? 0
    return line(`${DURATION}_bucket`, { ...labels, le: String(bound) }, below)
  })
  return [
    ...bounded,
    line(`${DURATION}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${DURATION}_sum`, labels, sum),
    line(`${DURATION}_count`, labels, count),
  ]
}

const header = (name: string, type: string, help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
]
const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
const line = (name: string, labels: Labels, value: number): string => {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
  return `${name}${inside.length > 0 ? `{${inside.join(',')}}` : ''} ${value}`
}
