import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'pg'
import { createHandle, type Handle } from './handle.ts'
import { createLimits } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { openNotes } from './notes.ts'
import { watchTenants } from './tenants.ts'

export type Environment = Readonly<Record<string, string | undefined>>
const log = (line: string): void => console.log(JSON.stringify({ product: 'notes', line }))

/** Gateways stop sending to a pod that is not ready a moment after it says so. */
const DRAIN_MS = 1000

/**
 * Serves until SIGTERM: then it is not ready but goes on serving for a moment, finishes what came in, and ends. `around` puts something
 * between the requests and their answers.
 */
export async function serve(
  env: Environment,
  version: string,
  around: (handle: Handle) => Handle = (handle) => handle,
): Promise<void> {
  const stopping = new AbortController()
  const unit = [env['UNIT_ID'], env['UNIT_NAME']].filter((name) => name !== undefined)
  const { TENANTS_FILE: file = '', TENANCY: tenancy = 'pool' } = env
  const tenants = await watchTenants({ file, unit, tenancy, log })
  const pool = new Pool({ connectionString: env['DATABASE_URL'], application_name: `notes ${version}`, max: 4 })
  pool.on('error', () => undefined) // the next request gets another connection
  const metrics = createMetrics(version)
  const handle = around(
    createHandle({
      version,
      tenants,
      within: createLimits(Number(env['REPLICAS'] ?? 1)),
      metrics,
      notes: openNotes(pool, version),
      draining: () => stopping.signal.aborted,
    }),
  )
  const server = createServer((request, response) => {
    void handle(request)
      .catch((error: unknown) => {
        log(error instanceof Error ? error.message : String(error))
        return { status: 500, body: { status: 500, title: 'Something broke' } }
      })
      .then(({ status, body }) => {
        const text = typeof body === 'string' ? body : JSON.stringify(body)
        const type = typeof body === 'string' ? 'text/plain; version=0.0.4' : 'application/json'
        const last = stopping.signal.aborted ? { connection: 'close' } : {} // kept connections go to other pods
        response.writeHead(status, { 'content-type': type, ...last }).end(text)
      })
  })
  server.keepAliveTimeout = 75_000 // longer than gateways keep idle connections, so that they close first
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => {
      stopping.abort()
      void pause(DRAIN_MS).then(() => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    })
  })
  server.listen(Number(env['PORT'] ?? 8080), env['HOST'] ?? '0.0.0.0')
  await ended
  tenants.stop()
  await pool.end()
}
