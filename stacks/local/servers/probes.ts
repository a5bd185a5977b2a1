import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'

type Tls = { ca: string; certificate?: string; key?: string }

/**
 * One GET; throws unless the answer is 2xx within a second. `tls` names PEM files. Node's `fetch` knows no client
 * certificates, hence the older API.
 */
export async function probeHttp(url: string, signal: AbortSignal, tls?: Tls): Promise<void> {
  const read = async (path: string | undefined) => (path ? await readFile(path) : undefined)
  const files = tls && { ca: await read(tls.ca), cert: await read(tls.certificate), key: await read(tls.key) }
  await new Promise<void>((resolve, reject) => {
    const within = AbortSignal.any([signal, AbortSignal.timeout(1000)])
    const options = { ...files, signal: within, agent: false as const }
    const request = (tls ? https : http).get(url, options, (response) => {
      response.resume()
      const status = response.statusCode ?? 0
      if (status >= 200 && status < 300) resolve()
      else reject(new Error(`${url} answered ${status}`))
    })
    request.on('error', reject)
  })
}

/** Connects and hangs up; throws unless somebody listens there within a second. */
export async function probePort(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = net.connect({ host, port, signal: AbortSignal.any([signal, AbortSignal.timeout(1000)]) })
  await once(socket, 'connect').finally(() => socket.destroy())
}
