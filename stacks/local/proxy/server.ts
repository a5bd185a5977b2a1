import http, { type RequestListener } from 'node:http'

export type Listening = { port: number; stop: () => Promise<void> }

/** Idle client connections are kept this long, in milliseconds: longer than any client of ours keeps its side. */
const KEEP_ALIVE_MS = 75_000

/** Listens for HTTP. Rejects with an error that names address and port when they are taken. */
export async function listen(host: string, port: number, handler: RequestListener): Promise<Listening> {
  // Uploads may stream for hours: only the headers have a deadline.
  const server = http.createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })))
    server.listen({ host, port, backlog: 1024 }, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
