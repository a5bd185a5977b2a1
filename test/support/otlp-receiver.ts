import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

export type ReceivedSpan = {
  service: string
  name: string
  traceId: string
  spanId: string
  /** Empty: it began the trace. */
  parentSpanId: string
  startMs: number
  endMs: number
  failed: boolean
  attributes: Record<string, unknown>
}
export type OtlpReceiver = {
  endpoint: string
  spans: ReceivedSpan[]
  /** Headers of the last request. */
  headers: () => NodeJS.Dict<string | string[]>
  /** Answers 400 from now on, which no exporter repeats; or takes spans again. */
  refuse: (refusing: boolean) => void
  /** Requests so far, refused ones too. */
  requests: () => number
  close: () => Promise<void>
}

type Value = { stringValue?: string; intValue?: number | string; boolValue?: boolean; doubleValue?: number }
type Attributes = readonly { key: string; value: Value }[]
type Body = {
  resourceSpans: readonly {
    resource: { attributes: Attributes }
    scopeSpans: readonly {
      spans: readonly {
        name: string
        traceId: string
        spanId: string
        parentSpanId?: string
        startTimeUnixNano: string
        endTimeUnixNano: string
        status?: { code?: number }
        attributes: Attributes
      }[]
    }[]
  }[]
}

const ERROR = 2
const valueOf = ({ stringValue, intValue, boolValue, doubleValue }: Value): unknown =>
  stringValue ?? (intValue === undefined ? (boolValue ?? doubleValue) : Number(intValue))
const asObject = (attributes: Attributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))
const ms = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000n) / 1_000

/** A collector as far as traces go: OTLP over HTTP as JSON, on loopback. */
export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  let [refusing, requests] = [false, 0]
  let headers: NodeJS.Dict<string | string[]> = {}
  const server = createServer((request, response) => {
    requests++
    headers = request.headers
    void json(request).then((body) => {
      const known = request.method === 'POST' && request.url === '/v1/traces'
      if (known && !refusing) spans.push(...spansIn(body as Body)) // what the exporter sends
      response.writeHead(!known ? 404 : refusing ? 400 : 200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    headers: () => headers,
    refuse: (now) => void (refusing = now),
    requests: () => requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const spansIn = ({ resourceSpans }: Body): ReceivedSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service: String(asObject(resource.attributes)['service.name']),
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        startMs: ms(span.startTimeUnixNano),
        endMs: ms(span.endTimeUnixNano),
        failed: span.status?.code === ERROR,
        attributes: asObject(span.attributes),
      })),
  )
