import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What happens to calls instead of an answer: a refusal as AWS words it, a connection that is cut, or silence. */
export type Mishap = { status: number; code: string; message?: string } | { json: unknown } | 'cut' | 'silent'
export type FaultyAws = {
  url: string
  /** The next `times` calls whose text (method, path, target, body) fits go wrong, or are answered here with JSON that the server has not. */
  fail: (fits: RegExp, mishap: Mishap, times?: number) => void
  /** How many calls so far fit. */
  count: (fits: RegExp) => number
  close: () => Promise<void>
}

/** Stands between clients and a real server: passes on what comes, but for what is told to go wrong. */
export async function faultyAws(target: string): Promise<FaultyAws> {
  const calls: string[] = []
  let pending: { fits: RegExp; mishap: Mishap; times: number }[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const text = [request.method, request.url, request.headers['x-amz-target'], body.toString()].join(' ')
    calls.push(text)
    const rule = pending.find(({ fits, times }) => times > 0 && fits.test(text))
    if (rule) {
      rule.times--
      if (rule.mishap === 'cut') request.socket.destroy()
      else if (typeof rule.mishap === 'object' && 'json' in rule.mishap) response.end(JSON.stringify(rule.mishap.json))
      else if (rule.mishap !== 'silent') refuse(response, rule.mishap, request.headers)
      return
    }
    const { headers, method, url = '/' } = request
    const onward = forward(target + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (fits, mishap, times = 1) => (pending = [...pending, { fits, mishap, times }]),
    count: (fits) => calls.filter((text) => fits.test(text)).length,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** In the language that the call was made in: services of AWS speak XML or JSON. */
function refuse(
  response: ServerResponse,
  { status, code, message = code }: Extract<Mishap, { code: string }>,
  { 'content-type': contentType = '', authorization = '' }: IncomingMessage['headers'],
): void {
  const isBucket = authorization.includes('/s3/aws4_request')
  const isXml = isBucket || contentType.includes('urlencoded')
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
  const inXml = isBucket ? error : `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`
  const body = isXml ? inXml : JSON.stringify({ __type: code, message })
  response.writeHead(status, {
    'content-type': isXml ? 'text/xml' : 'application/x-amz-json-1.1',
    'x-amzn-errortype': code,
  })
  response.end(body)
}
