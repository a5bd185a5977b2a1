import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import fp from 'fastify-plugin'
import type { Database } from './database.ts'

export type Telemetry = {
  /** Where instruments are made. Names carry their unit; a tenant id is never a label. */
  meter: Meter
  /** Everything measured so far as Prometheus text (format 0.0.4). */
  exposition: () => Promise<string>
  close: () => Promise<void>
}

/** Metrics of this process, read by scraping: nothing is pushed anywhere. */
export function createTelemetry(): Telemetry {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [reader] })
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true)
  const meter = provider.getMeter('steward')
  return {
    meter,
    exposition: async () => serializer.serialize((await reader.collect()).resourceMetrics),
    close: () => provider.shutdown(),
  }
}

/** Event-loop lag, resident memory and CPU of this process. */
export function observeProcess(meter: Meter): { close: () => void } {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const lag = meter.createObservableGauge('nodejs_event_loop_lag_max_seconds', {
    description: 'Longest wait of the event loop since the last scrape',
  })
  lag.addCallback((result) => {
    result.observe(delay.max / 1e9)
    delay.reset()
  })
  const memory = meter.createObservableGauge('process_resident_memory_bytes', { description: 'Resident memory' })
  memory.addCallback((result) => result.observe(process.memoryUsage.rss()))
  const cpu = meter.createObservableCounter('process_cpu_seconds_total', { description: 'User and system CPU time' })
  cpu.addCallback((result) => {
    const { user, system } = process.cpuUsage()
    result.observe((user + system) / 1e6)
  })
  return { close: () => delay.disable() }
}

/** Use of connection pools: `used` is busy, `idle` is open and free, `waiting` are transactions without a connection. */
export function observePools(meter: Meter, pools: Readonly<Record<string, Pick<Database, 'usage'>>>): void {
  const gauge = meter.createObservableGauge('steward_database_connections', {
    description: 'Connections of a pool by state',
  })
  gauge.addCallback((result) => {
    for (const [pool, database] of Object.entries(pools)) {
      for (const [state, count] of Object.entries(database.usage())) result.observe(count, { pool, state })
    }
  })
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Count and duration of requests by method, route pattern and status, after the OpenTelemetry HTTP convention. */
export const httpMetricsPlugin = fp<{ meter: Meter }>(
  async (app, { meter }) => {
    const duration = meter.createHistogram('http_server_request_duration_seconds', {
      description: 'Duration of requests',
      unit: 's',
      advice: { explicitBucketBoundaries: SECONDS },
    })
    app.addHook('onResponse', async (request, reply) => {
      duration.record(reply.elapsedTime / 1000, {
        http_request_method: request.method,
        http_route: request.is404 ? 'none' : (request.routeOptions.url ?? 'none'),
        http_response_status_code: reply.statusCode,
      })
    })
  },
  { name: 'steward-http-metrics' },
)
