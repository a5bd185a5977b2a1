import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { TestEstate } from '../../support/estate.ts'
import { asCustomer, type Answer } from '../../support/plane.ts'
import { withClient } from '../../support/postgres.ts'
import { kill } from './daemon.ts'
import { type Ended, expectedOf } from './tenant-model.ts'

export type RandomLife = { seed: number; operations: number; tenants: number; kills: number }
export type Told = { accepted: number; refused: number; killed: string[]; outcomes: Record<string, number> }

const LANES = 8
/** So many refusals for each operation that is wanted: most wishes about a tenant that has left are refused. */
const TRIES = 10
const PATIENCE_MS = 300_000
/** What dies: the plane, what it stands on, and what it acts on. */
const MORTAL = ['worker', 'api', 'temporal', 'plane-db', 'products-db', 'etcd', 'kube-apiserver'] as const

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Asked = { slug: string; kind: OperationKind; operationId: string; merged: boolean }

/** The same request until it is answered: a broken connection and 5xx are no answers, and the key makes the repeat the same. */
async function patiently(its: TestEstate, method: string, path: string, body?: object): Promise<Answer> {
  const headers = { 'idempotency-key': randomUUID() }
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const answer = await its.plane.call(method, path, { headers, ...(body ? { body } : {}) }).catch(() => undefined)
    if (answer !== undefined && answer.status < 500) return answer
    if (Date.now() > deadline)
      throw new Error(`${method} ${path} was not answered: ${answer?.status ?? 'no connection'}`)
    await pause(100)
  }
}

const WISHES = ['tenant.provision', 'tenant.update', 'tenant.suspend', 'tenant.resume', 'tenant.decommission'] as const
/** Removals are rarer than the rest, or soon nobody would be left to do anything to. */
const wishOf = (number: number): (typeof WISHES)[number] =>
  number < 0.03 ? 'tenant.decommission' : (WISHES[Math.floor(((number - 0.03) / 0.97) * 4)] ?? 'tenant.update')

function request(its: TestEstate, kind: (typeof WISHES)[number], slug: string, burst: number): Promise<Answer> {
  const tenant = `/v1/tenants/${slug}`
  if (kind === 'tenant.provision') return patiently(its, 'POST', '/v1/tenants', { slug, plan: 'starter-shared' })
  if (kind === 'tenant.update') return patiently(its, 'PATCH', tenant, { limits: { burst } })
  if (kind === 'tenant.decommission') return patiently(its, 'DELETE', tenant)
  return patiently(its, 'POST', `${tenant}/${kind.slice('tenant.'.length)}`)
}

/**
 * Random wishes about some tenants from several lanes at once, while servers are killed at random; then waits for the end of
 * everything and returns what contradicts the model, and what happened.
 */
export async function liveAtRandom(its: TestEstate, life: RandomLife): Promise<{ wrong: string[]; told: Told }> {
  const random = numbersOf(life.seed)
  const slugs = Array.from({ length: life.tenants }, (_, index) => `r${life.seed % 1000}-${index}`)
  const asked: Asked[] = []
  const killed: string[] = []
  let refused = 0
  const born = new Set<string>()
  const done = () => asked.length >= life.operations || refused >= TRIES * life.operations
  const lane = async () => {
    while (!done()) {
      const slug = slugs[Math.floor(random() * slugs.length)] ?? ''
      const kind = born.has(slug) ? wishOf(random()) : 'tenant.provision'
      const burst = 41 + Math.floor(random() * 500)
      born.add(slug)
      const { status, body } = await request(its, kind, slug, burst)
      if (status === 202)
        asked.push({ slug, kind, operationId: String(body['operationId']), merged: body['merged'] === true })
      else refused += 1
      await pause(random() * 200)
    }
  }
  const reaper = async () => {
    while (!done() && killed.length < life.kills) {
      await pause(1000 + random() * 4000)
      const server = MORTAL[Math.floor(random() * MORTAL.length)] ?? 'worker'
      killed.push(server)
      await kill(its.estate, server).catch(() => {}) // it may be down already
    }
  }
  await Promise.all([...Array.from({ length: LANES }, lane), reaper()])
  const { wrong, outcomes } = await judge(its, slugs, asked)
  return { wrong, told: { accepted: asked.length, refused, killed, outcomes } }
}

async function judge(its: TestEstate, slugs: readonly string[], asked: readonly Asked[]) {
  const url = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const rows = <Row>(text: string, values: unknown[] = []) =>
    withClient(url, async (client) => (await client.query(text, values)).rows as Row[])
  const wrong: string[] = []
  const deadline = Date.now() + PATIENCE_MS
  const open = () =>
    rows<{ id: string; kind: string; state: string }>(
      'select id, kind, state from operations where finished_at is null',
    ).catch(() => [{ id: '?', kind: '?', state: 'the database is away' }])
  let still = await open()
  while (still.length > 0 && Date.now() < deadline) {
    await pause(500)
    still = await open()
  }
  for (const { id, kind, state } of still) wrong.push(`${kind} ${id} never ended: ${state}`)

  const ended = await rows<Ended & { slug: string }>(
    `select o.id, o.kind, o.state, o.error_code as code, t.slug, o.input -> 'wanted' -> 'limits' ->> 'burst' as burst
       from operations o join tenants t on t.id = o.tenant_id where t.slug = any ($1) order by o.sequence`,
    [slugs],
  )
  const known = new Set(ended.map(({ id }) => id))
  for (const { operationId, kind, slug } of asked)
    if (!known.has(operationId)) wrong.push(`${kind} of ${slug} was acknowledged and is lost: ${operationId}`)
  const wanted = new Set(asked.map(({ operationId }) => operationId))
  for (const { id, kind, slug } of ended)
    if (!wanted.has(id)) wrong.push(`${kind} of ${slug} ${id}: nobody asked for it`)
  const fresh = asked.filter(({ merged }) => !merged).map(({ operationId }) => operationId)
  if (new Set(fresh).size !== fresh.length) wrong.push('one operation answered two requests that were not the same')
  const claims = await rows('select 1 from operation_claims')
  if (claims.length > 0) wrong.push(`${claims.length} claims are held by nobody`)

  const tenants = await rows<{ slug: string; state: string; burst: string; host: string }>(
    `select slug, state, host, limits ->> 'burst' as burst from tenants where slug = any ($1)`,
    [slugs],
  )
  for (const { slug, state, burst, host } of tenants) {
    const expected = expectedOf(ended.filter((one) => one.slug === slug))
    const { status } = await asCustomer(its.estate.urls.edge, host, '/whoami')
    const found = { state, burst: state === 'decommissioned' ? null : burst, status }
    const same =
      found.state === expected.state &&
      (expected.burst === null || found.burst === null || found.burst === expected.burst) &&
      (expected.status === null || found.status === expected.status)
    if (!same) wrong.push(`${slug} is ${JSON.stringify(found)}, the model says ${JSON.stringify(expected)}`)
  }
  const outcomes: Record<string, number> = {}
  for (const { kind, state, code } of ended) {
    const what = `${kind} ${state}${code === null ? '' : ` ${code}`}`
    outcomes[what] = (outcomes[what] ?? 0) + 1
  }
  return { wrong, outcomes }
}
