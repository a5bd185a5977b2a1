import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Actor } from './auth.ts'
import type { Tx } from './database.ts'
import { canonicalJson } from './json.ts'
import { problems } from './problems.ts'
import { query } from './query.ts'
import { SECRET_INSIDE } from './secret.ts'
import { sql } from './sql.ts'

/** How long a key is remembered. After that the same key asks anew. */
export const IDEMPOTENCY_HOURS = 24

/** Header schema of every POST. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
      description: `Your name for this request, best a uuid. Sent again with the same content within ${IDEMPOTENCY_HOURS} hours it gets the first answer and does nothing; with other content it is refused.`,
      examples: ['6c1d0b1e-2a53-4a6e-9a0e-0c1f2d3e4a5b'],
    }),
  ),
})

/** An answer that can be told again. */
export type Answer<Body> = { status: number; headers: Readonly<Record<string, string>>; body: Body }
/** The wish of a request: its key, if it has one, and a hash of all that it asks for. */
export type Idempotency = { key: string | undefined; fingerprint: string }

/** Reads the key of a request and fingerprints method, path, query and body. Throws `request.invalid` for a key that holds a secret: keys are kept. */
export function idempotencyOf(request: FastifyRequest): Idempotency {
  const key = request.headers['idempotency-key']
  if (typeof key === 'string' && SECRET_INSIDE.test(key)) {
    const message = 'holds a token or session: name the request otherwise, and revoke what stands in it'
    throw problems['request.invalid']({
      fields: [{ in: 'header', pointer: '/idempotency-key', rule: 'secret', message }],
    })
  }
  const wish = [request.method, request.url.split('?')[0], request.query ?? {}, request.body ?? null]
  const fingerprint = createHash('sha256').update(canonicalJson(wish)).digest('base64url')
  return { key: typeof key === 'string' ? key : undefined, fingerprint }
}

const Recorded = Type.Object({
  fingerprint: Type.String(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  headers: Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]),
  body: Type.Unknown(),
})

/** Waits for whoever holds the key; gives no row when its holder has committed and the record is still fresh. */
const claim = query({
  name: 'idempotency.claim',
  row: Type.Object({ key: Type.String() }),
  sample: ['00000000-0000-0000-0000-000000000000', 'key', 'print'] as [
    operatorId: string,
    key: string,
    fingerprint: string,
  ],
  sql: (operatorId, key, fingerprint) => sql`
    insert into idempotency_keys as known (operator_id, key, fingerprint) values (${operatorId}, ${key}, ${fingerprint})
    on conflict (operator_id, key) do update
      set fingerprint = excluded.fingerprint, status = null, headers = null, body = null, created_at = now()
      where known.created_at < now() - make_interval(hours => ${IDEMPOTENCY_HOURS})
    returning key`,
})
const recorded = query({
  name: 'idempotency.recorded',
  row: Recorded,
  sample: ['00000000-0000-0000-0000-000000000000', 'key'] as [operatorId: string, key: string],
  sql: (operatorId, key) => sql`
    select fingerprint, status, headers, body from idempotency_keys where operator_id = ${operatorId} and key = ${key}`,
})
const record = query({
  name: 'idempotency.record',
  row: Type.Object({}),
  sample: ['00000000-0000-0000-0000-000000000000', 'key', 200, '{}', '{}'] as [
    operatorId: string,
    key: string,
    status: number,
    headers: string,
    body: string,
  ],
  sql: (operatorId, key, status, headers, body) => sql`
    update idempotency_keys set status = ${status}, headers = ${headers}::jsonb, body = ${body}::jsonb
     where operator_id = ${operatorId} and key = ${key}`,
})
const forget = query({
  name: 'idempotency.forget',
  row: Type.Object({}),
  sample: [] as [],
  sql: () => sql`delete from idempotency_keys where created_at < now() - make_interval(hours => ${IDEMPOTENCY_HOURS})`,
})

const LOCK_TIMEOUT = '55P03'
const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)

/**
 * Does `work` once per operator and key, in the transaction of the work: what is recorded was done, what failed is not
 * recorded. Those who come with the same key meanwhile wait on its row and then get the recorded answer (`replayed`).
 * Without a key it only works. Throws `idempotency.reused` for another wish under a known key, `idempotency.in-progress`
 * when the first one takes longer than the connection's lock timeout.
 */
export async function idempotent<Body>(
  tx: Tx,
  actor: Pick<Actor, 'operatorId'>,
  key: string | undefined,
  fingerprint: string,
  work: () => Promise<Answer<Body>>,
): Promise<Answer<Body> & { replayed: boolean }> {
  if (key === undefined) return { ...(await work()), replayed: false }
  const owned = await tx.maybe(claim, actor.operatorId, key, fingerprint).catch((cause: unknown) => {
    throw codeOf(cause) === LOCK_TIMEOUT
      ? problems['idempotency.in-progress']({ detail: 'Send the same request again in a moment', cause })
      : cause
  })
  if (owned === undefined) {
    const known = await tx.one(recorded, actor.operatorId, key)
    if (known.fingerprint !== fingerprint || known.status === null) {
      throw problems['idempotency.reused']({
        detail: 'Send the request under a new Idempotency-Key, or repeat the first one unchanged',
        fields: [
          { in: 'header', pointer: '/idempotency-key', rule: 'unused', message: 'was used for another request' },
        ],
      })
    }
    // the record was written by the same route (the path is part of the fingerprint), so it has that route's shape
    return { status: known.status, headers: known.headers ?? {}, body: known.body as Body, replayed: true }
  }
  const answer = await work()
  const body = JSON.stringify(answer.body) ?? 'null'
  await tx.run(record, actor.operatorId, key, answer.status, JSON.stringify(answer.headers), body)
  return { ...answer, replayed: false }
}

/** Sends an answer; one told again says so in `idempotency-replayed`. The status stays the route's to type. */
export function sendAnswer(reply: FastifyReply, answer: Answer<unknown> & { replayed: boolean }): FastifyReply {
  if (answer.replayed) void reply.header('idempotency-replayed', 'true')
  return reply.code(answer.status).headers(answer.headers).send(answer.body)
}

/** Deletes records past their time; returns how many. */
export const forgetOldKeys = (tx: Tx): Promise<number> => tx.run(forget)
