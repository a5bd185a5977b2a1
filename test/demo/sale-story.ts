import { setTimeout as pause } from 'node:timers/promises'
import { verifyCertificate } from '../../control-plane/proof/verify-certificate.ts'
import { expectStatus, follow, send, tenantOf, type Tenant, type Told } from './told.ts'

type Quote = {
  id: string
  price: { minor: number; currency: string }
  residency: { reason: string }
  estimate: unknown
}
type Plan = {
  state: string
  hash: string
  content: { resources: { action: string; resource: string }[]; findings: { resources: string[] }[] } | null
}
/** A plan is made within seconds; on a busy machine it may take a while. */
const PLANNED_WITHIN_MS = 120_000

/** Prices a tenant and says what it will take. */
export async function quote(told: Told, slug: string, plan: string): Promise<string> {
  const { status, body } = await told.plane.call<Quote>('POST', '/v1/quotes', { body: { slug, plan } })
  expectStatus('quote', { status, body }, 201)
  const { minor, currency } = body.price
  told.say(`    ${(minor / 100).toFixed(2)} ${currency} a month. ${body.residency.reason}`)
  told.say(`    how long it takes: ${body.estimate === null ? 'no history yet' : JSON.stringify(body.estimate)}`)
  return body.id
}

/** Asks for the tenant of a quote, agrees to its change plan as the second operator, and waits until it is served. */
export async function provisionQuoted(told: Told, approver: string, quoteId: string, slug: string): Promise<Tenant> {
  const answer = await told.plane.call('POST', '/v1/tenants', { body: { slug, quote: quoteId } })
  expectStatus('create a tenant', answer, 202)
  await agree(told, approver, answer.body)
  await follow(told, answer.body)
  return tenantOf(told, slug)
}

/** Shows what an operation would do, and agrees to exactly that. */
export async function agree({ plane, say }: Told, approver: string, asked: Record<string, unknown>): Promise<void> {
  const operation = `/v1/operations/${String(asked['operationId'])}`
  const deadline = performance.now() + PLANNED_WITHIN_MS
  for (;;) {
    const { body: plan } = await plane.call<Plan>('GET', `${operation}/plan`)
    if (plan.state === 'ready' && plan.content !== null) {
      for (const { action, resource } of plan.content.resources) say(`    would ${action.padEnd(8)} ${resource}`)
      const release = plan.content.findings.flatMap(({ resources }) => resources)
      const answer = await plane.call('POST', `${operation}/approve`, {
        token: approver,
        body: { plan: plan.hash, release },
      })
      expectStatus('approve', answer, 202)
      say(`    approved by a second operator, as plan ${plan.hash.slice(0, 12)}`)
      return
    }
    if (performance.now() > deadline) throw new Error(`no plan: ${JSON.stringify(plan)}`)
    await pause(200)
  }
}

/** A legal hold stands in the way of a removal, until it is released. */
export async function holdAndRelease({ plane, say }: Told, { slug }: Tenant): Promise<void> {
  const held = await plane.call<{ hold: { id: string } }>('POST', `/v1/tenants/${slug}/holds`, {
    body: { reason: 'matter 2026-117' },
  })
  expectStatus('place a hold', held, 201)
  const refused = await plane.call('DELETE', `/v1/tenants/${slug}`)
  expectStatus('remove a tenant that is held', refused, 409)
  say(`    removal -> 409 ${String(refused.body['code'])}`)
  const body = { reason: 'matter 2026-117 was settled' }
  expectStatus(
    'release',
    await plane.call('POST', `/v1/tenants/${slug}/holds/${held.body.hold.id}/release`, { body }),
    200,
  )
}

/** Exports and removes a dedicated tenant as two operators agree, and verifies the certificate without the plane. */
export async function removeCertified(told: Told, approver: string, tenant: Tenant): Promise<void> {
  const answer = await told.plane.call('DELETE', `/v1/tenants/${tenant.slug}`)
  expectStatus('remove a tenant', answer, 202)
  await agree(told, approver, answer.body)
  await follow(told, answer.body)
  expectStatus('reach the removed tenant', await send(told, tenant, '/whoami'), 404)
  const { body } = await told.plane.call('GET', `/v1/tenants/${tenant.slug}/certificate`)
  const verdict = verifyCertificate(JSON.stringify(body))
  if (!verdict.valid) throw new Error(`the certificate does not hold: ${verdict.message}`)
  for (const { means, looked, found } of verdict.record.sweep.looks)
    told.say(`    ${means}: looked at ${looked}, found ${found}`)
  for (const { what, until, why } of verdict.record.stays)
    told.say(`    stays: ${what}${until === null ? '' : `, until ${until}`} (${why})`)
}
