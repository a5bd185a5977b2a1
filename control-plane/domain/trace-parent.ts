/** Where a span stands in a trace, as W3C Trace Context names it. */
export type TraceContext = { traceId: string; spanId: string; sampled: boolean }

/** Header of Temporal that carries it: the one the SDK's own interceptors use, so that others' workers can join a trace. */
export const TRACE_HEADER = '_tracer-data'
export type TraceCarrier = { traceparent: string }

const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Reads a `traceparent`; whatever is none says nothing. A version above 00 may carry more, which is left out. */
export function parseTraceParent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string') return undefined
  const [, version, traceId, spanId, flags, more] = TRACE_PARENT.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  if (version === '00' && more !== undefined) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const formatTraceParent = ({ traceId, spanId, sampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`

/**
 * The span of a workflow run: told by its run id, so that replays and other workers name the same span. The last half of a
 * run id is never zero: it holds the variant of a UUID.
 */
export const workflowSpanId = (runId: string): string => runId.replaceAll('-', '').slice(16)
