import { defineProblems } from '../../control-plane/domain/problem.ts'

const metricsProblems = defineProblems({
  'metrics.unreachable': { status: 503, retryable: true, title: 'Prometheus does not answer; check that it runs' },
  'metrics.query-refused': { status: 500, retryable: false, title: 'Prometheus refused the query' },
  'metrics.answer-invalid': {
    status: 502,
    retryable: true,
    title: 'What answered at the address of Prometheus is not Prometheus',
  },
})

/** One series at one moment. `at` is in seconds since 1970; the value may be NaN or infinite, as in PromQL. */
export type Sample = { labels: Readonly<Record<string, string>>; value: number; at: number }
export type Prometheus = {
  /**
   * The samples of an instant query, now or at a time; a scalar is one sample without labels. No sample is an empty list
   * and never an error: the caller decides what silence means. Throws Problems of `metricsProblems`, or the signal's reason.
   */
  query: (promql: string, options?: { at?: Date; signal?: AbortSignal }) => Promise<Sample[]>
}

const TIMEOUT_MS = 10_000

/** A client of Prometheus' HTTP API at `url` (which may carry a path prefix). */
export function connectPrometheus({ url }: { url: string }): Prometheus {
  const endpoint = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`)
  return {
    async query(promql, { at, signal } = {}) {
      const form = new URLSearchParams({ query: promql, ...(at ? { time: String(at.getTime() / 1000) } : {}) })
      const timeout = AbortSignal.timeout(TIMEOUT_MS)
      try {
        // a POST: queries may be longer than a URL
        const answer = await fetch(endpoint, {
          method: 'POST',
          body: form,
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        })
        return samplesIn(answer.status, await answer.text())
      } catch (error) {
        signal?.throwIfAborted()
        if (!(error instanceof TypeError || error instanceof DOMException)) throw error
        throw metricsProblems['metrics.unreachable']({ detail: `${endpoint.origin}: ${reasonOf(error)}`, cause: error })
      }
    },
  }
}

type Value = [number, string]
type Answer = {
  status: 'success' | 'error'
  error?: string
  data?:
    | { resultType: 'vector'; result: { metric: Record<string, string>; value: Value }[] }
    | { resultType: 'scalar'; result: Value }
}

/** Reads an answer of `/api/v1/query`. */
export function samplesIn(status: number, text: string): Sample[] {
  const answer = parse(text)
  if (answer?.status === 'error' && status < 500)
    throw metricsProblems['metrics.query-refused']({ detail: answer.error ?? 'no reason given' })
  if (status >= 500) throw metricsProblems['metrics.unreachable']({ detail: answer?.error ?? `HTTP ${status}` })
  const { data } = answer ?? {}
  const sample = ([at, value]: Value, labels: Record<string, string>): Sample => ({
    labels,
    value: numberOf(value),
    at,
  })
  if (data?.resultType === 'vector') return data.result.map(({ metric, value }) => sample(value, metric))
  if (data?.resultType === 'scalar') return [sample(data.result, {})]
  throw metricsProblems['metrics.answer-invalid']({ detail: `HTTP ${status} without a vector or scalar` })
}

function parse(text: string): Answer | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'status' in body ? (body as Answer) : undefined
  } catch {
    return undefined
  }
}

const numberOf = (text: string): number =>
  /^[+-]?Inf$/.test(text) ? Number(text.replace('Inf', 'Infinity')) : Number(text)

const reasonOf = (error: Error): string => {
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
