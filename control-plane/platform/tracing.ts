import { randomBytes } from 'node:crypto'
import { context, trace, type Tracer, TraceFlags, type TracerProvider } from '@opentelemetry/api'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { asyncContext } from './spans.ts'

/** Where spans go: a collector that speaks OTLP over HTTP, and what it wants with every request. */
type Collector = Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS'>
type Log = Pick<Logger, 'warn' | 'info'>
export type Tracing = { close: () => Promise<void> }

/** A collector that does not answer in this time gets the next batch; it must not hold up a process that stops. */
const EXPORT_TIMEOUT_MS = 3_000
const EXPORT_EVERY_MS = 1_000

/**
 * Makes this process's spans. Ids are given out even when nothing is exported, so that log lines of one request and its
 * operation belong together. The SDK is loaded only when it is used: it weighs 20 MB.
 */
export async function startTracing(service: string, collector: Collector, log: Log): Promise<Tracing> {
  context.setGlobalContextManager(asyncContext())
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = collector
  const exporter = endpoint === undefined ? undefined : await exporting(service, { endpoint, headers }, log)
  trace.setGlobalTracerProvider(exporter ?? idsOnly)
  return {
    close: async () => {
      await exporter?.shutdown().catch(() => {}) // the failed export was logged
      trace.disable()
      context.disable()
    },
  }
}

let chosen: string | undefined
/** Gives the span that `start` makes this id: a workflow's span is named before it ends, on whatever worker that is. */
export function withSpanId<T>(spanId: string, start: () => T): T {
  chosen = spanId
  try {
    return start()
  } finally {
    chosen = undefined
  }
}

const ids = {
  generateTraceId: () => randomBytes(16).toString('hex'),
  generateSpanId: () => chosen ?? randomBytes(8).toString('hex'),
}

async function exporting(
  service: string,
  { endpoint, headers }: { endpoint: string; headers: string | undefined },
  log: Log,
) {
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: headersIn(headers),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'steward' }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    idGenerator: ids,
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: saying(exporter, log),
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  })
}

const headersIn = (text = ''): Record<string, string> =>
  Object.fromEntries(
    text
      .split(',')
      .map((pair) => pair.split(/=(.*)/s))
      .flatMap(([name = '', value]) => (value === undefined ? [] : [[name.trim(), value.trim()]])),
  )

/** Logs the first failed export of a streak, and the first that works again; spans of failed ones are lost. */
function saying(exporter: SpanExporter, log: Log): SpanExporter {
  let failing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const code: number = result.code // zero: exported
        const failed = code !== 0
        if (failed && !failing)
          log.warn({ event: 'tracing.export-failing', err: result.error }, 'spans cannot be exported; they are dropped')
        if (!failed && failing) log.info({ event: 'tracing.export-recovered' }, 'spans are exported again')
        failing = failed
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** Spans that are nothing but their ids. */
const idsOnly: TracerProvider = {
  getTracer() {
    const tracer: Tracer = {
      startSpan(_name, options, at = context.active()) {
        const parent = options?.root === true ? undefined : trace.getSpanContext(at)
        return trace.wrapSpanContext({
          traceId: parent?.traceId ?? ids.generateTraceId(),
          spanId: ids.generateSpanId(),
          traceFlags: parent?.traceFlags ?? TraceFlags.NONE,
        })
      },
      startActiveSpan: (name: string, ...rest: unknown[]) => {
        const work = rest.at(-1) as (span: unknown) => never // the last argument of every overload
        const at = (rest.length > 2 ? rest[1] : context.active()) as ReturnType<typeof context.active>
        const span = tracer.startSpan(name, rest.length > 1 ? (rest[0] as object) : {}, at)
        return context.with(trace.setSpan(at, span), () => work(span))
      },
    }
    return tracer
  },
}
