import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { TestEstate } from '../../support/estate.ts'
import type { Answer } from '../../support/plane.ts'

const PATIENCE_MS = 300_000

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

/** Who can be wished something: tenants by slug, those with a unit of their own among them, and units by name. */
export type Cast = { shared: readonly string[]; own: readonly string[]; cells: readonly string[] }
/** One wish about a tenant, or about the unit of this name. */
export type Wish = { kind: OperationKind; name: string; ask: (its: TestEstate) => Promise<Answer> }

/** The versions between which units are moved; a unit begins with the first. */
export const VERSIONS = ['1.0.0', '1.1.0'] as const
const CHANGES = ['tenant.provision', 'tenant.update', 'tenant.suspend', 'tenant.resume'] as const

/** Makes wishes: mostly about tenants, now and then about a unit; removals are rare, or soon nobody would be left to do anything to. */
export function wisher(random: () => number, { shared, own, cells }: Cast): () => Wish {
  const born = new Set<string>()
  const oneOf = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(random() * from.length)]
    if (found === undefined) throw new Error('there is nothing to choose from')
    return found
  }
  return () => {
    const about = random()
    if (about < 0.04) return deployment(oneOf([...cells, ...own]), oneOf(VERSIONS))
    if (about < 0.08) return attestation(oneOf([...cells, ...own]))
    const name = oneOf([...shared, ...own])
    const fate = random()
    const burst = 41 + Math.floor(random() * 500)
    const kind = !born.has(name) ? 'tenant.provision' : fate < 0.03 ? 'tenant.decommission' : oneOf(CHANGES)
    born.add(name)
    return change(kind, name, own.includes(name) ? 'team-private' : 'starter-shared', burst)
  }
}

function change(kind: OperationKind, slug: string, plan: string, burst: number): Wish {
  const tenant = `/v1/tenants/${slug}`
  const wish = (method: string, path: string, body?: object): Wish => ({
    kind,
    name: slug,
    ask: (its) => patiently(its, method, path, body),
  })
  if (kind === 'tenant.provision') return wish('POST', '/v1/tenants', { slug, plan })
  if (kind === 'tenant.update') return wish('PATCH', tenant, { limits: { burst } })
  if (kind === 'tenant.decommission') return wish('DELETE', tenant)
  return wish('POST', `${tenant}/${kind.slice('tenant.'.length)}`)
}

const deployment = (name: string, version: string): Wish => ({
  kind: 'unit.deploy',
  name,
  ask: (its) => patiently(its, 'POST', `/v1/units/${name}/deploy`, { version }),
})

const attestation = (name: string): Wish => ({
  kind: 'unit.attest',
  name,
  ask: (its) => patiently(its, 'POST', `/v1/units/${name}/attest`),
})

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
