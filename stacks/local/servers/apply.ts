import https from 'node:https'
import { text } from 'node:stream/consumers'
import { readKubeconfig } from '../kube/kubeconfig.ts'

const FIELD_MANAGER = 'steward-estate'
/** Silence of the API server that ends a call: at a load of 15 on two cores it needed more than 10 s for a large definition. */
const SILENCE_MS = 60_000
export type Applier = ReturnType<typeof connectApplier>

/**
 * Server-side apply with the estate's own credential. Takes text, YAML or JSON, and lets the API server parse it: the CRDs
 * are 700 kB of YAML, and client-node would cost the daemon 90 MB.
 */
export function connectApplier(kubeconfig: string) {
  const { server, ca, cert, key } = readKubeconfig(kubeconfig)
  const agent = new https.Agent({ keepAlive: true, ca, cert, key })
  const call = (method: string, path: string, signal: AbortSignal, body?: string) =>
    new Promise<{ status: number; answer: string }>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/apply-patch+yaml' }
      const request = https.request(
        server + path,
        { method, agent, headers, signal, timeout: SILENCE_MS },
        (response) => {
          text(response).then((answer) => resolve({ status: response.statusCode ?? 0, answer }), reject)
        },
      )
      request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${path}`)))
      request.on('error', reject)
      request.end(body)
    })
  return {
    /** Applies one object at its path; throws with the server's words when it refuses. */
    async apply(path: string, body: string, signal: AbortSignal): Promise<void> {
      const { status, answer } = await call('PATCH', `${path}?fieldManager=${FIELD_MANAGER}&force=true`, signal, body)
      if (status >= 300) throw new Error(`apply ${path}: ${status} ${answer.slice(0, 400)}`)
    },
    /** True when a path answers 200: a CRD is served a moment after it was accepted. */
    serves: async (path: string, signal: AbortSignal): Promise<boolean> =>
      (await call('GET', path, signal)).status === 200,
    close: () => agent.destroy(),
  }
}
