import { AsyncLocalStorage } from 'node:async_hooks'
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type ContextManager,
  type Span,
  type SpanKind,
} from '@opentelemetry/api'
import { formatTraceParent, parseTraceParent } from '../domain/trace-parent.ts'

type SpanOptions = {
  attributes?: Attributes
  kind?: SpanKind
  /** A `traceparent` to hang it under; without one it hangs under the span that is active. */
  parent?: string | null
}

/** Runs `work` as a span. A failed one carries the code of its fault, never its message: that may quote what was sent. */
export function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { parent, attributes = {}, ...rest } = options
  const under = parent ? underTraceParent(parent) : context.active()
  return trace.getTracer('steward').startActiveSpan(name, { attributes, ...rest }, under, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      failSpan(span, error)
      throw error
    } finally {
      span.end()
    }
  })
}

export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttribute('error.type', codeOf(error))
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return typeof error
  if ('type' in error && typeof error.type === 'string') return error.type // a failure of Temporal's carries our code there
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Where the active span stands, for rows and headers; null when there is none. */
export function activeTraceParent(): string | null {
  const span = trace.getActiveSpan()?.spanContext()
  if (span === undefined || !trace.isSpanContextValid(span)) return null
  return formatTraceParent({ ...span, sampled: (span.traceFlags & TraceFlags.SAMPLED) !== 0 })
}

/** A context whose active span is somebody else's; what is no traceparent begins a trace of its own. */
export function underTraceParent(traceParent: unknown): Context {
  const parsed = parseTraceParent(traceParent)
  if (parsed === undefined) return ROOT_CONTEXT
  const { traceId, spanId, sampled } = parsed
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

/** For log lines: which trace they belong to. */
export const traceFields = (): { trace_id?: string } => {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  return traceId === undefined ? {} : { trace_id: traceId }
}

/** Follows promises and callbacks, as Node does. */
export function asyncContext(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (at, work, self, ...args) => storage.run(at, () => work.apply(self as never, args)), // the caller's own `this`
    bind: (at, target) =>
      typeof target === 'function'
        ? (((...args: unknown[]) => storage.run(at, () => target(...args))) as never)
        : target,
    enable: () => manager,
    disable: () => {
      storage.disable()
      return manager
    },
  }
  return manager
}
