import { KubeConfig, RequestContext } from '@kubernetes/client-node'
import { clusterProblems } from './kubernetes.errors.ts'

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>
/** One authenticated way to the API server: its address, the headers of the credential and the connections. */
export type Session = { server: string; headers: Readonly<Record<string, string>>; dispatcher: Dispatcher | undefined }

/** An option of the library's own HTTP client, which its types leave out. */
const HTTP_1 = { allowH2: false }

/**
 * HTTP/1.1 although the API server offers HTTP/2: after the server was killed a multiplexed session sometimes stood still for good,
 * open and silent, and with it every call of the process. Here a lost connection takes its own request along and no other.
 */
class SeparateConnections extends KubeConfig {
  override createDispatcherOptions(...asked: Parameters<KubeConfig['createDispatcherOptions']>) {
    const options = super.createDispatcherOptions(...asked)
    if (options.type === 'agent') return { ...options, connect: { ...options.connect, ...HTTP_1 } }
    if (options.type === 'proxy') return { ...options, requestTls: { ...options.requestTls, ...HTTP_1 } }
    return options
  }
}

/**
 * Hands out the session of a kubeconfig file and keeps it: the library would open a new TLS connection for every request.
 * After `renew` (a 401, a lost server) the file is read again, so that rotated credentials are picked up. With a `token` the
 * file says only where the server is, and the token who calls.
 */
export function createSessions(
  file: string,
  token?: string,
): {
  current: () => Promise<Session>
  renew: () => void
  close: () => Promise<void>
} {
  let session: Promise<Session> | undefined
  const drop = async (old: Promise<Session> | undefined) => {
    const dispatcher = (await old?.catch(() => {}))?.dispatcher
    await dispatcher?.close().catch(() => {}) // ends when the requests under way have ended
  }
  return {
    current() {
      session ??= open(file, token)
      session.catch(() => (session = undefined))
      return session
    },
    renew() {
      void drop(session)
      session = undefined
    },
    async close() {
      const old = session
      session = undefined
      await drop(old)
    },
  }
}

async function open(file: string, token: string | undefined): Promise<Session> {
  try {
    const config = new SeparateConnections()
    config.loadFromFile(file)
    const named = config.getCurrentCluster()
    const server = named?.server
    if (!server) throw new Error('it names no current cluster')
    if (token !== undefined) config.loadFromClusterAndUser(named, { name: 'token', token })
    const context = new RequestContext(server, 'GET')
    await config.applySecurityAuthentication(context)
    return { server: server.replace(/\/$/, ''), headers: context.getHeaders(), dispatcher: context.getDispatcher() }
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error ? String(error.code) : 'it does not parse or names no usable cluster'
    throw clusterProblems['cluster.config-invalid']({ detail: `${file}: ${why}` }) // no cause: it may quote the file
  }
}
