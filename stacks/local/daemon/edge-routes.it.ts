import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bareContext } from '../../../test/support/bare-context.ts'
import { resourcesApi, TEST_TOKENS } from '../../../test/support/resources-api.ts'
import { startEdge, type Edge } from '../edge/edge.ts'
import { openResources } from '../resources/resources.ts'
import { createFleet, type Fleet } from './fleet.ts'

const ROUTE = { target: 'http://127.0.0.1:7402', unit: 'cell-1', tenant: 'acme', epoch: 1 }
const CLOSING = '/edge/routes/acme.localhost?tenant=acme&epoch=2'

let folder: string
let fleet: Fleet
let edge: Edge
let api: ReturnType<typeof resourcesApi>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-edge-routes-'))
  const context = await bareContext(folder)
  const { paths, record, log } = context
  fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  const resources = await openResources({ context, fleet, kinds: [] })
  edge = await startEdge({ host: '127.0.0.1', port: 0, stateFile: join(folder, 'routes.json'), log })
  api = resourcesApi({ context, fleet, resources, edge })
})
afterAll(async () => {
  await api?.close()
  await edge?.stop()
  await fleet?.stop()
  await rm(folder, { recursive: true, force: true })
})

const ask = async (method: 'GET' | 'PUT' | 'DELETE', url: string, token: string, payload?: object) => {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await api.inject({ method, url, headers, ...(payload ? { payload } : {}) })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() }
}
const routes = async () => (await ask('GET', '/edge/routes', TEST_TOKENS['edge-sweep'])).body['routes']

test('the reading token lists routes and is refused every change; the writing one does both', async () => {
  const [reading, writing] = [TEST_TOKENS['edge-sweep'], TEST_TOKENS.edge]
  expect((await ask('PUT', '/edge/routes/acme.localhost', reading, ROUTE)).status).toBe(401)
  expect(await routes()).toEqual([])
  expect((await ask('PUT', '/edge/routes/acme.localhost', writing, ROUTE)).status).toBe(200)
  expect(await routes()).toEqual([{ ...ROUTE, host: 'acme.localhost' }])
  expect((await ask('GET', '/edge/routes/acme.localhost', reading)).body).toMatchObject({ tenant: 'acme' })
  expect((await ask('DELETE', CLOSING, reading)).status).toBe(401)
  expect((await ask('PUT', '/edge/routes/acme.localhost', reading, { ...ROUTE, epoch: 3 })).status).toBe(401)
  expect(await routes()).toHaveLength(1)
  expect((await ask('DELETE', CLOSING, writing)).status).toBe(200)
  expect(await routes()).toEqual([])
})

test('tokens for other parts open nothing here, nor does the reading one elsewhere', async () => {
  for (const token of ['guess', TEST_TOKENS.discovery, TEST_TOKENS.resources, TEST_TOKENS['resources-sweep']])
    expect([token, (await ask('GET', '/edge/routes', token)).status]).toEqual([token, 401])
  for (const url of ['/servers', '/resources', '/discovery/pods'])
    expect([url, (await ask('GET', url, TEST_TOKENS['edge-sweep'])).status]).toEqual([url, 401])
})
