import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bareContext } from '../../../test/support/bare-context.ts'
import { resourcesApi, TEST_TOKENS } from '../../../test/support/resources-api.ts'
import { createFleet, type Fleet } from '../daemon/fleet.ts'
import { inputFields } from './inputs.ts'
import { anyKind, type ResourceKind } from './resource-kind.ts'
import { openResources } from './resources.ts'

/** A kind without servers, and with a route of its own. */
const note: ResourceKind<{ text: string }> = {
  kind: 'note',
  parse(raw) {
    const { text } = inputFields(raw, ['text'])
    return { text: typeof text === 'string' ? text : '' }
  },
  ports: [],
  servers: () => [],
  outputs: () => ({}),
  observe: async ({ text }) => ({ length: text.length }),
  change: (before, after) => ({ how: before.text === after.text ? 'none' : 'in-place' }),
  targets: async (at) => ({ pods: [{ targets: ['127.0.0.1:1'], labels: { of: at.name } }], servers: [] }),
  routes(app, find) {
    app.post<{ Params: { name: string } }>('/shout', async ({ params }) => ({
      text: (await find(params.name)).inputs.text.toUpperCase(),
    }))
  },
}

let folder: string
let fleet: Fleet
let api: ReturnType<typeof resourcesApi>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-resource-routes-'))
  const context = await bareContext(folder)
  const { paths, record, log } = context
  fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  const resources = await openResources({ context, fleet, kinds: [anyKind(note)] })
  api = resourcesApi({ context, fleet, resources })
})
afterAll(async () => {
  await api.close()
  await fleet.stop()
  await rm(folder, { recursive: true, force: true })
})

async function ask(
  method: 'GET' | 'PUT' | 'DELETE' | 'POST',
  url: string,
  body?: unknown,
  token: string | null = TEST_TOKENS.resources,
  owner?: string,
) {
  const answer = await api.inject({
    method,
    url,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(owner ? { 'steward-owner': owner } : {}),
    },
    ...(body === undefined ? {} : { payload: body as object }),
  })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
}
const settled = async (name: string, state: string) => {
  for (let tries = 0; tries < 500; tries++) {
    const { status, body } = await ask('GET', `/resources/note/${name}`)
    if ((body['state'] ?? status) === state || String(status) === state) return body
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`${name} did not become ${state}`)
}

test('resources are asked for, told and ended over HTTP', async () => {
  expect(await ask('PUT', '/resources/note/a', { text: 'hello' })).toMatchObject({
    status: 202,
    body: { kind: 'note', name: 'a', inputs: { text: 'hello' } },
  })
  expect(await settled('a', 'ready')).toMatchObject({ observed: { length: 5, notReady: [] }, servers: [], error: null })
  expect((await ask('GET', '/resources')).body['resources']).toHaveLength(1)
  expect(await ask('POST', '/resources/note/a/shout')).toEqual({ status: 200, body: { text: 'HELLO' } })
  expect((await ask('GET', '/discovery/pods', undefined, TEST_TOKENS.discovery)).body).toEqual([
    { targets: ['127.0.0.1:1'], labels: { of: 'a' } },
  ])
  expect((await ask('DELETE', '/resources/note/a')).status).toBe(202)
  expect(await settled('a', '404')).toMatchObject({ code: 'resource.unknown' })
  expect((await ask('DELETE', '/resources/note/a')).status).toBe(202)
  expect(await ask('POST', '/resources/note/a/shout')).toMatchObject({
    status: 404,
    body: { code: 'resource.unknown' },
  })
})

test('they open to their own token and the daemon\u2019s, and to no other', async () => {
  for (const [method, url] of [
    ['GET', '/resources'],
    ['GET', '/resources/note/x'],
    ['PUT', '/resources/note/x'],
    ['DELETE', '/resources/note/x'],
    ['POST', '/resources/note/x/shout'],
  ] as const) {
    for (const token of [null, TEST_TOKENS.edge, TEST_TOKENS.discovery, 'guess'])
      expect([url, (await ask(method, url, undefined, token)).status]).toEqual([url, 401])
  }
  expect((await ask('GET', '/resources', undefined, TEST_TOKENS.daemon)).status).toBe(200)
  expect((await ask('GET', '/servers')).status).toBe(401) // and theirs opens nothing else
})

test('what somebody owns is changed and ended by nobody who says to be another', async () => {
  const as = (owner?: string) => (method: 'PUT' | 'DELETE', body?: unknown) =>
    ask(method, '/resources/note/owned', body, TEST_TOKENS.resources, owner)
  expect(await as('stacks/acme')('PUT', { text: 'a' })).toMatchObject({ status: 202, body: { owner: 'stacks/acme' } })
  await settled('owned', 'ready')
  for (const asked of [await as('stacks/globex')('PUT', { text: 'b' }), await as('stacks/globex')('DELETE')])
    expect(asked).toMatchObject({ status: 409, body: { code: 'resource.foreign' } })
  expect(await as('no name')('PUT', { text: 'b' })).toMatchObject({ status: 422, body: { field: 'steward-owner' } })
  expect(await settled('owned', 'ready')).toMatchObject({ inputs: { text: 'a' }, owner: 'stacks/acme' })
  expect((await as('stacks/acme')('PUT', { text: 'b' })).status).toBe(202) // its owner may
  expect((await as()('DELETE')).status).toBe(202) // and so may who does not say who he is: the token is what lets him in
  await settled('owned', '404')
  expect((await ask('PUT', '/resources/note/nobodys', { text: 'a' })).body).toMatchObject({ owner: null })
  expect(
    (await ask('PUT', '/resources/note/nobodys', { text: 'a' }, TEST_TOKENS.resources, 'stacks/acme')).status,
  ).toBe(409)
  expect((await ask('DELETE', '/resources/note/nobodys')).status).toBe(202)
  await settled('nobodys', '404')
})

test('who sweeps can list them and nothing else', async () => {
  expect((await ask('GET', '/resources', undefined, TEST_TOKENS['resources-sweep'])).status).toBe(200)
  for (const [method, url] of [
    ['PUT', '/resources/note/x'],
    ['DELETE', '/resources/note/x'],
    ['POST', '/resources/note/x/shout'],
  ] as const)
    expect([url, (await ask(method, url, undefined, TEST_TOKENS['resources-sweep'])).status]).toEqual([url, 401])
})

test('bad requests are problems that name what is wrong, for programs, too', async () => {
  expect(await ask('PUT', '/resources/note/x', { words: 1 })).toMatchObject({
    status: 422,
    body: { code: 'resource.invalid', field: 'words', detail: 'words: is no field of it; there are text' },
  })
  expect(await ask('PUT', '/resources/note/X', {})).toMatchObject({ status: 422, body: { field: 'name' } })
  expect(await ask('PUT', '/resources/note/x')).toMatchObject({ status: 422, body: { field: 'inputs' } })
  expect(await ask('PUT', '/resources/song/x', {})).toMatchObject({
    status: 404,
    body: { code: 'resource.kind-unknown' },
  })
  expect(await ask('GET', '/resources/note/x')).toMatchObject({ status: 404, body: { code: 'resource.unknown' } })
  expect((await ask('GET', '/resources')).body['resources']).toEqual([])
})
