import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../test/support/customers.ts'
import type { LoggedIn } from '../test/support/api.ts'
import { openCredentials } from './features/access/access.credentials.ts'
import { createAuditAppend } from './features/audit/audit.service.ts'
import { secretHash } from './platform/secret.ts'

/** What is taken away is gone within this time, in every process and for what is already under way. */
const BOUND_MS = 1000

const append = createAuditAppend({ clock: { now: () => new Date() } })
const EVENT = {
  stream: 'installation',
  actor: null,
  action: 'a.b',
  subject: 'installation',
  outcome: 'succeeded',
} as const

let plane: Customers
let url: string
let operationId: string
beforeAll(async () => {
  plane = await customers()
  url = await plane.app.listen({ host: '127.0.0.1', port: 0 })
  await plane.cell('cell-1')
  const made = await plane.call('POST', '/v1/tenants', { body: { slug: 'acme', plan: 'starter-shared' } })
  operationId = String(made.body['operationId'])
})
afterAll(() => plane.close())

/** Follows an operation that does not end; answers when the stream was cut. */
async function follow(token: string): Promise<{ cut: Promise<number> }> {
  const answer = await fetch(`${url}/v1/operations/${operationId}/events`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
  const reader = answer.body?.getReader()
  await reader?.read()
  const drained = async (): Promise<number> => {
    for (;;) {
      const { done } = (await reader?.read().catch(() => ({ done: true }))) ?? { done: true }
      if (done) return performance.now()
    }
  }
  return { cut: drained() }
}

type Way = readonly [
  how: string,
  credential: 'token' | 'session',
  take: (who: LoggedIn & { sessionId: string }) => Promise<unknown>,
]
const ways: readonly Way[] = [
  ['a token that is revoked', 'token', ({ tokenId }) => plane.call('POST', `/v1/tokens/${tokenId}/revoke`)],
  ['a session that is revoked', 'session', ({ sessionId }) => plane.call('POST', `/v1/sessions/${sessionId}/revoke`)],
  [
    'an operator who is disabled',
    'token',
    ({ operatorId }) => plane.call('POST', `/v1/operators/${operatorId}/disable`),
  ],
  [
    'an operator who is disabled, signed in',
    'session',
    ({ operatorId }) => plane.call('POST', `/v1/operators/${operatorId}/disable`),
  ],
  [
    'a token revoked by plain SQL',
    'token',
    ({ tokenId }) => plane.rows('update operator_tokens set revoked_at = now() where id = $1', [tokenId]),
  ],
  [
    'a token narrowed by plain SQL',
    'token',
    ({ tokenId }) => plane.rows(`update operator_tokens set verbs = '{plans:read}' where id = $1`, [tokenId]),
  ],
]

test.each(ways)('%s is refused within a second, and a stream it opened is cut', async (_how, credential, take) => {
  const who = await plane.login('sre')
  const { token: session, sessionId } = await plane.session(who.operatorId)
  const token = credential === 'token' ? who.token : session
  const { cut } = await follow(token)
  const started = performance.now()
  await take({ ...who, sessionId })
  const status = async () =>
    (await fetch(`${url}/v1/operations`, { headers: { authorization: `Bearer ${token}` } })).status
  await expect.poll(status, { timeout: BOUND_MS, interval: 10 }).toBeGreaterThan(400)
  expect((await cut) - started).toBeLessThan(BOUND_MS)
})

test('an export under way is cut together with whoever reads it, far from its end', async () => {
  const text = 'x'.repeat(200_000) // more in all than sockets hold for who does not read
  await plane.operator.transaction(async (tx) => {
    for (let n = 0; n < 200; n++) await append(tx, { ...EVENT, detail: { n, text } })
  })
  const who = await plane.login('administrator')
  const answer = await fetch(`${url}/v1/audit/export`, { headers: { authorization: `Bearer ${who.token}` } })
  const reader = answer.body?.getReader()
  const first = Buffer.from((await reader?.read())?.value ?? []).toString()
  expect(first).toMatch(/^\{"type":"header"/)
  const { cut } = await follow(who.token) // begun later, so it is cut later
  await plane.call('POST', `/v1/tokens/${who.tokenId}/revoke`)
  await cut
  let bytes = 0
  const rest = async () => {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return
      bytes += value?.length ?? 0
    }
  }
  await expect(rest()).rejects.toThrow('terminated')
  expect(bytes).toBeLessThan(200 * text.length)
})

test('a role that changes is the role within a second: what it no longer may is refused, and a stream goes on while it may', async () => {
  const who = await plane.login('sre')
  const { cut } = await follow(who.token)
  const asks = async () => (await plane.call('POST', '/v1/cells', { token: who.token, body: { name: 'X' } })).status
  expect(await asks()).toBe(400)
  await plane.call('PATCH', `/v1/operators/${who.operatorId}`, { body: { role: 'viewer' } })
  await expect.poll(asks, { timeout: BOUND_MS, interval: 10 }).toBe(403)
  const still = await Promise.race([cut, new Promise((resolve) => setTimeout(resolve, 700, 'open'))])
  expect(still).toBe('open')
  await plane.rows(`update operators set role = 'emperor' where id = $1`, [who.operatorId])
  await cut
})

test('what ends by itself cuts a stream, too', async () => {
  const end = performance.now() + 1500
  const who = await plane.login('viewer', { expiresAt: new Date(Date.now() + 1500) })
  const { cut } = await follow(who.token)
  const late = (await cut) - end
  expect(late).toBeGreaterThan(-50)
  expect(late).toBeLessThan(BOUND_MS)
})

test('a process that hears no notification forgets within a second all the same', async () => {
  const deaf = await openCredentials({
    database: { ...plane.operator, listen: async () => ({ close: async () => {} }) },
    clock: plane.clock,
  })
  try {
    const { token, tokenId } = await plane.login('viewer')
    const ended = async () => (await deaf.find(secretHash(token)))?.endedAt ?? null
    expect(await ended()).toBeNull()
    await plane.call('POST', `/v1/tokens/${tokenId}/revoke`)
    await expect.poll(ended, { timeout: BOUND_MS, interval: 10 }).not.toBeNull()
  } finally {
    await deaf.close()
  }
})
