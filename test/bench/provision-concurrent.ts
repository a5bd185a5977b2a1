import { asCustomer, type PlaneClient } from '../support/plane.ts'

/** How often a customer who waits for the address asks it: 200 of them must not be the load that is measured. */
const ASK_EVERY_MS = 1000
const PATIENCE_MS = 180_000

export type Burst = {
  /** From sending its request to its first 200 as that tenant, one a tenant that got there. */
  servedMs: readonly number[]
  /** Tenants that got there, by the second of the whole burst. */
  perSecond: number
  /** What went wrong, one sentence a tenant that did not. */
  failed: readonly string[]
}

/** Asks for `count` tenants at once and waits until each is served at its own address. */
export async function provisionAtOnce(
  plane: PlaneClient,
  edgeUrl: string,
  { count, plan, prefix }: { count: number; plan: string; prefix: string },
): Promise<Burst> {
  const started = performance.now()
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, n) => provisionAmongMany(plane, edgeUrl, `${prefix}-${n}`, plan)),
  )
  for (const outcome of outcomes) if (outcome.status === 'fulfilled') await plane.settle(outcome.value.operationId)
  const seconds = (performance.now() - started) / 1000
  const servedMs = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.servedMs] : []))
  const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))
  return { servedMs, perSecond: servedMs.length / seconds, failed }
}

async function provisionAmongMany(plane: PlaneClient, edgeUrl: string, slug: string, plan: string) {
  const started = performance.now()
  const { status, body } = await plane.call<{ operationId: string; tenant: { host: string } }>('POST', '/v1/tenants', {
    body: { slug, plan },
  })
  if (status !== 202) throw new Error(`${slug}: ${status} ${JSON.stringify(body)}`)
  for (;;) {
    const answer = await asCustomer(edgeUrl, body.tenant.host, '/whoami')
    if (answer.status === 200 && (JSON.parse(answer.body) as { tenant: string }).tenant === slug) break
    if (performance.now() - started > PATIENCE_MS) throw new Error(`${slug} is not served: ${answer.status}`)
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
  return { servedMs: performance.now() - started, operationId: body.operationId }
}
