import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestEstate } from '../../support/estate.ts'
import type { Answer, OperationView } from '../../support/plane.ts'

/** Where in a story a fault strikes: during the first operation of a chapter that is under way. */
export const CHAPTERS = ['cell', 'provision', 'change', 'removal'] as const
export type Chapter = (typeof CHAPTERS)[number]
/** Called once a chapter, after its requests were answered and before they have ended. */
export type Disturbance = (chapter: Chapter) => Promise<void>

const PATIENCE_MS = 240_000
const AGAIN_MS = 100

/**
 * A small life of one cell and three tenants: created, changed, suspended, resumed, one removed. Each request carries a key and is
 * repeated until it is answered, as any client of a plane that may be away should; so an answer lost on the way asks nothing twice.
 */
export async function tellStory(its: TestEstate, prefix: string, disturb: Disturbance): Promise<void> {
  const told = teller(its)
  const tenants = ['a', 'b', 'c'].map((letter) => `${prefix}-${letter}`)
  const [first = '', second = '', third = ''] = tenants
  const cell = { name: `${prefix}-cell`, capacity: { tenants: 3, requestsPerSecond: 10_000 } }

  const made = [await told.ask('POST', '/v1/cells', cell)]
  await told.chapter('cell', made, disturb)
  const provisions = tenants.map((slug) => told.ask('POST', '/v1/tenants', { slug, plan: 'starter-shared' }))
  await told.chapter('provision', await Promise.all(provisions), disturb)
  const changes = [
    told.ask('POST', `/v1/tenants/${first}/suspend`),
    told.ask('PATCH', `/v1/tenants/${second}`, { limits: { burst: 77 } }),
  ]
  await told.chapter('change', await Promise.all(changes), disturb)
  const last = [told.ask('POST', `/v1/tenants/${first}/resume`), told.ask('DELETE', `/v1/tenants/${third}`)]
  await told.chapter('removal', await Promise.all(last), disturb)
  // The cell is full again, so that the tenants of the next story find no room in this one's.
  await told.chapter('room', [await told.ask('POST', '/v1/tenants', { slug: `${prefix}-d`, plan: 'starter-shared' })])
}

function teller({ plane }: TestEstate) {
  const patiently = async <T>(what: string, work: () => Promise<T | undefined>): Promise<T> => {
    const deadline = Date.now() + PATIENCE_MS
    let last: unknown = 'no answer'
    for (;;) {
      const found = await work().catch((error: unknown) => {
        last = error
        return undefined
      })
      if (found !== undefined) return found
      if (Date.now() > deadline) throw new Error(`${what}: ${String(last)}`)
      await pause(AGAIN_MS)
    }
  }
  /** Asks until the plane has answered; 503 and a broken connection are no answers. */
  const ask = async (method: string, path: string, body?: object): Promise<string> => {
    const headers: Record<string, string> = { 'idempotency-key': randomUUID() }
    if (method === 'PATCH') headers['if-match'] = await etagOf(path)
    const answer = await patiently<Answer>(`${method} ${path}`, async () => {
      const got = await plane.call(method, path, { headers, ...(body ? { body } : {}) })
      return got.status >= 500 ? undefined : got
    })
    if (answer.status !== 202) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return String(answer.body['operationId'])
  }
  const etagOf = (path: string) =>
    patiently(path, async () => (await plane.call('GET', path)).headers.get('etag') ?? undefined)
  const ended = (operationId: string) =>
    patiently(`the end of operation ${operationId}`, async () => {
      const { status, body } = await plane.call<OperationView>('GET', `/v1/operations/${operationId}`)
      if (status === 200 && ['succeeded', 'failed', 'cancelled'].includes(body.state)) return body
      throw new Error(JSON.stringify(body)) // seen only when it is the last word
    })
  return {
    ask,
    async chapter(name: Chapter | 'room', operations: readonly string[], disturb?: Disturbance) {
      if (name !== 'room') await disturb?.(name)
      for (const operation of await Promise.all(operations.map(ended))) {
        if (operation.state !== 'succeeded')
          throw new Error(`${operation.kind} ended ${operation.state}: ${JSON.stringify(operation)}`)
      }
    },
  }
}
