import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { get } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { verbsOf } from '../../domain/access.ts'
import { authPlugin } from '../../platform/auth.ts'
import { createAuthFailures, usualLimits } from '../../platform/auth-failures.ts'
import { createHttp } from '../../platform/http.ts'
import { newId } from '../../platform/ids.ts'
import { createLogger } from '../../platform/logger.ts'
import { createCursors } from '../../platform/pagination.ts'
import { problems } from '../../platform/problems.ts'
import { operationsEvents } from './operations.events.ts'
import { openEventHub, type EventHub } from './operations.hub.ts'
import { plansService } from './operations.plans.ts'
import { operationsRoutes } from './operations.routes.ts'
import { operationsService } from './operations.service.ts'
import { operationsViews } from './operations.views.ts'

let rig: OperationsRig
let hub: EventHub
let app: FastifyInstance
let url: string
const headers = { authorization: 'Bearer administrator' }

async function serve(role: 'administrator' | 'viewer' = 'administrator', { beatMs = 50, longestMs = 60_000 } = {}) {
  const server = await createHttp({ logger: createLogger({ level: 'silent', process: 'test' }), version: '0' })
  const actor = {
    operatorId: newId(),
    name: 'ada',
    role,
    verbs: verbsOf(role),
    tokenId: newId(),
    credential: 'token' as const,
    expiresAt: null,
  }
  await server.register(authPlugin, {
    authenticate: async (token, requestId) => {
      if (token !== 'administrator') throw problems['access.unauthenticated']()
      return { ...actor, requestId }
    },
    failures: createAuthFailures(usualLimits(1000)),
    watch: () => () => {},
  })
  const database = rig.operator
  const service = operationsService({ ...rig, database, approvalMs: 60_000 })
  const events = operationsEvents({ database, hub }, { beatMs, longestMs })
  await server.register(operationsRoutes, {
    service,
    events,
    plans: plansService({ ...rig, database }),
    views: operationsViews({ database, cursors: createCursors(randomBytes(32)) }),
  })
  return server
}
beforeAll(async () => {
  rig = await operationsRig({ max: 20 })
  hub = await openEventHub(rig.operator, { most: 20 })
  app = await serve()
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  await hub.close()
  await rig.close()
})

type Seen = { id: number; type: string; data: { sequence: number; type: string; data: unknown } }
/** Reads a stream of events; `enough` ends it early, as a reader does that leaves. */
async function follow(
  id: string,
  after?: number,
  enough: (seen: readonly Seen[], text: string) => boolean = () => false,
) {
  const last = after === undefined ? {} : { 'last-event-id': String(after) }
  const answer = await fetch(`${url}/v1/operations/${id}/events`, { headers: { ...headers, ...last } })
  const seen: Seen[] = []
  let text = ''
  let parsed = 0
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString()
    const blocks = text.split('\n\n')
    for (const block of blocks.slice(parsed, -1)) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const [number, type, data] = [field('id'), field('event'), field('data')]
      if (number !== undefined && type !== undefined)
        seen.push({ id: Number(number), type, data: JSON.parse(data ?? 'null') })
    }
    parsed = blocks.length - 1
    if (enough(seen, text)) break
  }
  return { answer, seen, text }
}
const perform = async (operationId: string, steps: number, from = 0) => {
  const epoch = await rig.epoch(operationId)
  for (let n = from; n < from + steps; n++) {
    const step = { operationId, epoch, step: `step-${n}`, attempt: 1 }
    await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
    await rig.recorder.stepFinished(step)
  }
}
const end = async (operationId: string) =>
  rig.recorder.close({ operationId, epoch: await rig.epoch(operationId), outcome: 'succeeded' })
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

test('history first, then live, to the end: every event once and in order, for all who watch', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await perform(operationId, 5)
  const watching = Promise.all(Array.from({ length: 5 }, () => follow(operationId)))
  await perform(operationId, 20, 5)
  await end(operationId)
  for (const { seen, answer } of await watching) {
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(seen.map(({ id }) => id)).toEqual(numbers(1, 52))
    expect(seen.every(({ id, type, data }) => data.sequence === id && data.type === type)).toBe(true)
    expect(seen.at(-1)?.type).toBe('operation.succeeded')
  }
})

test('who leaves and comes back with Last-Event-ID misses nothing and hears nothing twice', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  const working = perform(operationId, 60).then(() => end(operationId))
  const heard: number[] = []
  for (let rounds = 0; rounds < 100 && heard.at(-1) !== 122; rounds++) {
    const { seen } = await follow(operationId, heard.at(-1), (events) => events.length >= 7)
    heard.push(...seen.map(({ id }) => id))
  }
  await working
  expect(heard).toEqual(numbers(1, 122))
})

test('more history than a page, after the end', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await perform(operationId, 130)
  await end(operationId)
  const { seen } = await follow(operationId, 10)
  expect(seen.map(({ id }) => id)).toEqual(numbers(11, 262))
})

test('who has seen the end is told not to come back', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await end(operationId)
  expect((await follow(operationId, 2)).answer.status).toBe(204)
  expect((await follow(operationId, 1)).seen.map(({ type }) => type)).toEqual(['operation.succeeded'])
})

test('in silence comments keep the connection; a lost listener is made up for', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  const watching = follow(operationId)
  await follow(operationId, 0, (_, text) => text.includes(': still here'))
  await rig.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%' and datname = current_database()`,
  )
  await perform(operationId, 3)
  await end(operationId)
  expect((await watching).seen.map(({ id }) => id)).toEqual(numbers(1, 8))
})

test('refusals: no token, no such operation, a Last-Event-ID that is none, too many watchers', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  const status = async (id: string, given: Record<string, string>) => {
    const answer = await fetch(`${url}/v1/operations/${id}/events`, { headers: given })
    return [answer.status, ((await answer.json()) as { code: string }).code]
  }
  expect(await status(operationId, {})).toEqual([401, 'access.unauthenticated'])
  expect(await status(newId(), headers)).toEqual([404, 'operation.not-found'])
  expect(await status(operationId, { ...headers, 'last-event-id': 'x' })).toEqual([400, 'request.invalid'])
  expect(await status(operationId, { ...headers, 'last-event-id': '-1' })).toEqual([400, 'request.invalid'])
  const inboxes = Array.from({ length: 20 }, () => hub.subscribe(operationId))
  expect(await status(operationId, headers)).toEqual([503, 'operation.too-many-watchers'])
  for (const inbox of inboxes) inbox.close()
  await end(operationId)
  expect((await follow(operationId)).seen).toHaveLength(2)
})

test('a reader that leaves is let go at once, not at the next beat; a stream that grew too old ends', async () => {
  const slow = await serve('administrator', { beatMs: 60_000 })
  const brief = await serve('administrator', { longestMs: 1 })
  const [address, other] = [
    await slow.listen({ host: '127.0.0.1', port: 0 }),
    await brief.listen({ host: '127.0.0.1', port: 0 }),
  ]
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await expect.poll(hub.watchers).toBe(0)
  const leaving = get(`${address}/v1/operations/${operationId}/events`, { headers })
  await once(leaving, 'response')
  expect(hub.watchers()).toBe(1)
  leaving.destroy()
  await expect.poll(hub.watchers).toBe(0)
  expect(await (await fetch(`${other}/v1/operations/${operationId}/events`, { headers })).text()).toContain(
    'retry: 1000',
  )
  await Promise.all([slow.close(), brief.close()])
})

test('closing the server ends the streams it serves', async () => {
  const second = await serve()
  const address = await second.listen({ host: '127.0.0.1', port: 0 })
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  const answer = await fetch(`${address}/v1/operations/${operationId}/events`, { headers })
  const reading = answer.text()
  await second.close()
  expect(await reading).toContain('event: operation.running')
})

test('get, list, cancel and retry over HTTP, and what a viewer may not', async () => {
  const place = somewhere()
  const { operationId } = await rig.ask('tenant.suspend', place)
  const got = await app.inject({ url: `/v1/operations/${operationId}`, headers })
  expect(got.json()).toMatchObject({
    id: operationId,
    steps: [{ step: 'publish-tenant', state: 'pending' }, {}],
    timeRemaining: null,
    behind: null,
    error: null,
  })
  const listed = await app.inject({ url: `/v1/operations?tenant=${place.tenantId}&limit=1`, headers })
  expect(listed.json()).toMatchObject({ items: [{ id: operationId }], nextCursor: null })
  const cancelled = await app.inject({ method: 'POST', url: `/v1/operations/${operationId}/cancel`, headers })
  expect([cancelled.statusCode, cancelled.headers['location']]).toEqual([202, `/v1/operations/${operationId}`])
  await rig.recorder.close({ operationId, epoch: await rig.epoch(operationId), outcome: 'cancelled' })
  const retried = await app.inject({ method: 'POST', url: `/v1/operations/${operationId}/retry`, headers })
  expect([retried.statusCode, retried.json()]).toMatchObject([202, { state: 'running', merged: false }])
  const finished = await app.inject({ method: 'POST', url: `/v1/operations/${operationId}/cancel`, headers })
  expect([finished.statusCode, finished.json()]).toMatchObject([
    409,
    { code: 'operation.finished', state: 'cancelled' },
  ])
  for (const bad of ['state=gone', 'kind=x', 'tenant=acme', 'since=yesterday', 'colour=red', 'limit=0']) {
    expect((await app.inject({ url: `/v1/operations?${bad}`, headers })).json()).toMatchObject({
      code: 'request.invalid',
    })
  }
  expect((await app.inject({ url: '/v1/operations?cursor=x', headers })).json()).toMatchObject({
    code: 'cursor.invalid',
  })
  expect((await app.inject({ url: '/v1/operations/nonsense', headers })).json()).toMatchObject({
    code: 'request.invalid',
  })
  const viewer = await serve('viewer')
  const refused = await viewer.inject({ method: 'POST', url: `/v1/operations/${operationId}/cancel`, headers })
  expect([refused.statusCode, refused.json()]).toMatchObject([
    403,
    { code: 'access.forbidden', verb: 'operations:cancel' },
  ])
  expect((await viewer.inject({ url: `/v1/operations/${operationId}`, headers })).statusCode).toBe(200)
  await viewer.close()
})
