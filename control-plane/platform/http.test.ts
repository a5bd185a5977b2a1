import { afterEach, beforeEach, expect, test } from 'vitest'
import { Type } from 'typebox'
import type { FastifyInstance, RouteShorthandOptions } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PUBLIC } from '../domain/access.ts'
import { createHttp } from './http.ts'
import { createLogger } from './logger.ts'
import { problems } from './problems.ts'
import { closed, ref } from './schemas.ts'
import { newSecret } from './secret.ts'

const Pet = Type.Object(
  {
    name: Type.String({ minLength: 2 }),
    legs: Type.Integer(),
    home: Type.Optional(Type.Object({ 'a/b': Type.Integer() }, closed)),
  },
  { $id: 'Pet', ...closed, examples: [{ name: 'Rex', legs: 4 }] },
)
const pets: FastifyPluginAsyncTypebox = async (app) => {
  const config = { access: PUBLIC, audit: ['pet.feed'] }
  const tags = ['pets']
  app.post(
    '/pets',
    { config, schema: { operationId: 'createPet', tags, body: Pet, response: { 200: ref(Pet) } } },
    async (request) => request.body,
  )
  app.post(
    '/pets/:legs/feed',
    { config, schema: { operationId: 'feedPet', tags, params: Type.Object({ legs: Type.Integer() }) } },
    async () => ({}),
  )
  const querystring = Type.Object({ legs: Type.Optional(Type.Integer()), loud: Type.Optional(Type.Boolean()) }, closed)
  app.get('/pets', { config, schema: { operationId: 'listPets', tags, querystring } }, async (request) => request.query)
  app.get('/explode', { config, schema: { operationId: 'explode', tags } }, async () => {
    throw new Error('the secret recipe is at postgres://me:hunter2@db/x')
  })
  app.get('/busy', { config, schema: { operationId: 'busy', tags } }, async () => {
    throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })
  })
  app.get('/conflict', { config, schema: { operationId: 'conflict', tags } }, async (_request, reply) => {
    void reply.header('etag', '"1"')
    throw problems['generation.stale']({ detail: 'changed', extra: { generation: 3, status: 'never overrides ours' } })
  })
}

let app: FastifyInstance
let lines: string[]
beforeEach(async () => {
  lines = []
  const logger = createLogger({ level: 'info', process: 'test' }, { write: (line: string) => void lines.push(line) })
  app = await createHttp({ logger, version: '0' })
})
afterEach(() => app.close())

const post = (payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  app.inject({ method: 'POST', url: '/pets', payload, headers })

test('a valid body passes and comes back through its schema', async () => {
  await app.register(pets)
  const answer = await post('{"name":"Rex","legs":4}')
  expect([answer.statusCode, answer.json()]).toEqual([200, { name: 'Rex', legs: 4 }])
})

test('a body is not coerced, not stripped, and every fault is named by pointer and rule', async () => {
  await app.register(pets)
  const answer = await post('{"legs":"4","wings":2,"home":{"a/b":"x"}}')
  expect(answer.statusCode).toBe(400)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.json()).toMatchObject({
    code: 'request.invalid',
    status: 400,
    retryable: false,
    instance: answer.headers['x-request-id'],
  })
  expect(answer.json<{ errors: unknown }>().errors).toEqual(
    expect.arrayContaining([
      { in: 'body', pointer: '/name', rule: 'required', message: 'is missing' },
      { in: 'body', pointer: '/wings', rule: 'additionalProperties', message: 'is not a known field' },
      { in: 'body', pointer: '/legs', rule: 'type', message: 'must be integer' },
      { in: 'body', pointer: '/home/a~1b', rule: 'type', message: 'must be integer' },
    ]),
  )
})

test('a query is coerced, and what it does not know is refused', async () => {
  await app.register(pets)
  expect((await app.inject('/pets?legs=4&loud=true')).json()).toEqual({ legs: 4, loud: true })
  const answer = await app.inject('/pets?legs=four&colour=red')
  expect(answer.json<{ errors: unknown }>().errors).toEqual(
    expect.arrayContaining([
      { in: 'query', pointer: '/legs', rule: 'type', message: 'must be integer' },
      { in: 'query', pointer: '/colour', rule: 'additionalProperties', message: 'is not a known field' },
    ]),
  )
  expect((await app.inject('/busy?x=1')).json()).toMatchObject({ code: 'request.invalid' })
})

test.each([
  ['malformed JSON', '{"name": hunter2', 400, 'request.malformed'],
  ['an empty body that claims to be JSON', '', 400, 'request.malformed'],
  ['a prototype in the body', '{"__proto__":{"x":1},"name":"Rex","legs":4}', 400, 'request.malformed'],
  ['a body over the limit', JSON.stringify({ name: 'x'.repeat(70_000), legs: 4 }), 413, 'request.too-large'],
  ['null instead of an object', 'null', 400, 'request.invalid'],
])('%s is refused by its code and not quoted', async (_what, payload, status, code) => {
  await app.register(pets)
  const answer = await post(payload)
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code])
  expect(answer.body + lines.join('')).not.toContain('hunter2')
})

test('another media type, a body where none belongs, an unknown route and a broken path have codes of their own', async () => {
  await app.register(pets)
  expect((await post('name=Rex', { 'content-type': 'application/x-www-form-urlencoded' })).json()).toMatchObject({
    status: 415,
    code: 'request.unsupported-media-type',
  })
  const fed = await app.inject({ method: 'POST', url: '/pets/4/feed', payload: { much: 1 } })
  expect(fed.json()).toMatchObject({
    status: 400,
    code: 'request.invalid',
    errors: [{ pointer: '', rule: 'maxProperties' }],
  })
  expect((await app.inject({ method: 'POST', url: '/pets/4/feed', payload: {} })).statusCode).toBe(200)
  expect((await app.inject({ method: 'POST', url: '/pets/x/feed' })).json()).toMatchObject({
    errors: [{ in: 'path', pointer: '/legs', rule: 'type' }],
  })
  expect((await app.inject('/nowhere?token=stw_x')).json()).toMatchObject({
    status: 404,
    code: 'route.not-found',
    detail: 'GET /nowhere does not exist: see /docs',
  })
  expect((await app.inject('/pets/%zz')).json()).toMatchObject({ status: 400, code: 'request.malformed' })
})

test('a fault of ours tells the caller nothing but the request id, and the log the rest without secrets', async () => {
  await app.register(pets)
  const answer = await app.inject({ url: '/explode', headers: { 'x-request-id': 'given-by-caller' } })
  expect(answer.json()).toEqual({
    type: 'urn:steward:problem:internal.error',
    title: 'Something failed inside the plane',
    status: 500,
    code: 'internal.error',
    retryable: false,
    instance: 'given-by-caller',
  })
  expect(lines.join('')).toContain('the secret recipe is at postgres://me:[redacted]@db/x')
  expect(lines.join('')).toContain('given-by-caller')
})

test('a request id that could forge log lines is replaced', async () => {
  await app.register(pets)
  const answer = await app.inject({ url: '/pets', headers: { 'x-request-id': '{"evil": 1} very' } })
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
})

test.each(['token', 'session', 'signIn', 'link'] as const)(
  'a %s sent as the request id is taken for none, and stands nowhere',
  async (kind) => {
    await app.register(pets)
    const secret = newSecret(kind)
    for (const given of [secret, `id.${secret}`]) {
      const answer = await app.inject({ url: '/explode', headers: { 'x-request-id': given } })
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
      expect(answer.body).not.toContain(secret)
    }
    expect(lines.join('')).not.toContain(secret.slice(0, 20))
  },
)

test('a busy database is an honest 503 to try again, and a problem keeps its own members', async () => {
  await app.register(pets)
  const busy = await app.inject('/busy')
  expect([
    busy.statusCode,
    busy.headers['retry-after'],
    busy.json<{ code: string; retryable: boolean }>(),
  ]).toMatchObject([503, '1', { code: 'plane.unavailable', retryable: true }])
  const stale = await app.inject('/conflict')
  expect(stale.json()).toMatchObject({ status: 412, code: 'generation.stale', detail: 'changed', generation: 3 })
  expect(stale.headers['etag']).toBeUndefined()
})

test.each<[string, RouteShorthandOptions]>([
  ['config.access', { schema: { operationId: 'a', tags: ['a'] } }],
  ['schema.operationId', { config: { access: PUBLIC }, schema: { tags: ['a'] } }],
  ['schema.tags', { config: { access: PUBLIC }, schema: { operationId: 'a' } }],
  ['config.audit', { config: { access: PUBLIC }, schema: { operationId: 'a', tags: ['a'] } }],
  ['config.audit', { config: { access: PUBLIC, audit: [] }, schema: { operationId: 'a', tags: ['a'] } }],
  [
    'additionalProperties',
    {
      config: { access: PUBLIC, audit: ['a.b'] },
      schema: { operationId: 'a', tags: ['a'], querystring: Type.Object({}) },
    },
  ],
  [
    'additionalProperties',
    { config: { access: PUBLIC, audit: ['a.b'] }, schema: { operationId: 'a', tags: ['a'], body: Type.Object({}) } },
  ],
])('a route without %s does not start', (what, options) => {
  expect(() => app.post('/x', options, async () => ({}))).toThrow(what)
})

test('the document can be browsed without a login, under a policy that lets nothing in from elsewhere', async () => {
  await app.register(pets)
  const page = await app.inject('/docs/')
  expect(page.statusCode).toBe(200)
  expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
  expect(page.body).not.toMatch(/<script>[^<]/)
  expect((await app.inject('/docs/json')).json()).toMatchObject({ openapi: '3.1.0', paths: { '/pets': {} } })
})
