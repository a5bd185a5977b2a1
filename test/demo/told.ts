import { asCustomer, type HostAnswer, type OperationView, type PlaneClient } from '../support/plane.ts'

/** What the demo prints; `step` times what it wraps. */
export type Account = {
  say: (line: string) => void
  step: <T>(title: string, work: () => Promise<T>) => Promise<T>
}
export type Told = Account & { plane: PlaneClient; edgeUrl: string }
export type Tenant = { slug: string; id: string; host: string }

/** Throws unless an answer has the status that the story says. */
export const expectStatus = (what: string, answer: { status: number; body: unknown }, wanted: number): void => {
  if (answer.status !== wanted)
    throw new Error(`${what}: expected ${wanted}, got ${answer.status} ${JSON.stringify(answer.body)}`)
}

const took = ({ startedAt, finishedAt }: OperationView['steps'][number]): string =>
  startedAt === null || finishedAt === null ? '' : `${Date.parse(finishedAt) - Date.parse(startedAt)} ms`

/** Waits for an operation and prints its steps with their times. */
export async function follow({ plane, say }: Told, body: Record<string, unknown>): Promise<void> {
  const { steps } = await plane.settle(String(body['operationId']))
  for (const step of steps) say(`    ${step.title.padEnd(66)} ${took(step).padStart(9)}`)
}

/** Creates a tenant and waits until it is served. */
export async function provision(told: Told, slug: string, name: string, plan: string): Promise<Tenant> {
  const answer = await told.plane.call('POST', '/v1/tenants', { body: { slug, name, plan } })
  expectStatus('create a tenant', answer, 202)
  await follow(told, answer.body)
  return tenantOf(told, slug)
}

/** A tenant as the plane knows it. */
export async function tenantOf(told: Told, slug: string): Promise<Tenant> {
  const { body } = await told.plane.call<{ id: string; host: string; url: string; state: string }>(
    'GET',
    `/v1/tenants/${slug}`,
  )
  told.say(`    ${slug} is ${body.state} at ${body.url}`)
  return { slug, id: body.id, host: body.host }
}

/** Asks as a customer of the tenant. */
export const send = async ({ edgeUrl }: Told, tenant: Tenant, path: string, body?: unknown): Promise<HostAnswer> =>
  asCustomer(edgeUrl, tenant.host, path, body === undefined ? {} : { method: 'POST', body })

/** Asks the plane for a change and waits for its end. */
export async function change(told: Told, method: string, path: string): Promise<void> {
  const answer = await told.plane.call(method, path)
  expectStatus(`${method} ${path}`, answer, 202)
  await follow(told, answer.body)
}

/** Removes a tenant; its address is nobody's afterwards. */
export async function remove(told: Told, tenant: Tenant): Promise<void> {
  await change(told, 'DELETE', `/v1/tenants/${tenant.slug}`)
  const answer = await send(told, tenant, '/whoami')
  expectStatus('reach the removed tenant', answer, 404)
  told.say(`    ${tenant.slug} -> 404`)
}

/** Opens an account as a customer of the tenant; returns its id. */
export async function openAccount(told: Told, tenant: Tenant, name: string): Promise<string> {
  const answer = await send(told, tenant, '/accounts', { name, kind: 'asset', currency: 'EUR' })
  expectStatus(`open an account as ${tenant.slug}`, answer, 201)
  return (JSON.parse(answer.body) as { id: string }).id
}
