import { readFile, rm, stat } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { estateHome } from '../../../test/support/estate.ts'
import { until, withClient } from '../../../test/support/postgres.ts'
import { open, readLabel, seal } from '../../dedicated/seal/seal.ts'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { findLeftovers } from '../daemon/leftovers.ts'
import { startEstate, type Estate } from '../estate.ts'
import { readRecord } from '../home.ts'
import { checkPorts } from '../ports.ts'
import { identify, isRunning } from '../../process/proc.ts'
import { SERVER_NAMES } from '../servers/define-servers.ts'
import type { ResourceView } from './being.ts'
import { memberUrl } from './postgres-cluster/cluster-files.ts'

let home: string
let estate: Estate
/** An estate in which nothing runs but what is asked for. Durable: it is killed. */
const start = async (portBase?: number) => {
  estate = await startEstate({ home, portBase: portBase ?? 'free', throwAway: false, without: [...SERVER_NAMES] })
}
beforeAll(async () => {
  home = await estateHome()
  await start()
})
afterAll(async () => {
  await estate.stop()
  await rm(home, { recursive: true, force: true })
})

const request = async (path: string, init: RequestInit = {}, token: 'resources' | 'daemon' = 'resources') => {
  const authorization = `Bearer ${await readCredential(estate.credentials.token(token))}`
  return fetch(estate.urls.daemon + path, { ...init, headers: { authorization, ...(init.headers as object) } })
}
const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
const put = (path: string, inputs: unknown) => request(`/resources/${path}`, json('PUT', inputs))
const view = async (path: string) => (await (await request(`/resources/${path}`)).json()) as ResourceView
const ready = (path: string): Promise<ResourceView> =>
  until(async () => {
    const seen = await view(path)
    if (seen.state === 'failed') throw new Error(`${path} failed: ${seen.error?.detail}`)
    expect(seen.state).toBe('ready')
    return seen
  }, 120)
/** Kills the daemon without a word, and starts another in the same home. */
async function crash(): Promise<void> {
  process.kill(estate.pid, 'SIGKILL')
  await estate.exited
  await start(estate.ports.api)
}
const urlOf = async (member: 0 | 1): Promise<string> => {
  const { outputs } = await view('postgres-cluster/acme')
  return memberUrl(await readFile(String(outputs['adminUrlFile']), 'utf8'), Number(outputs[`postgres-${member + 1}`]))
}
/** Bytes as a stream, and a stream as bytes. */
async function* streamed(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
async function collected(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = []
  for await (const piece of pieces) found.push(piece)
  return Buffer.concat(found)
}
const pidsOf = ({ servers }: ResourceView) => servers.map(({ pid }) => pid)

test('a daemon that is killed while a cluster is made goes on with it when it is back', async () => {
  expect((await put('postgres-cluster/acme', {})).status).toBe(202)
  await until(async () => expect((await view('postgres-cluster/acme')).servers.some(({ pid }) => pid)).toBe(true))
  await crash()
  const made = await ready('postgres-cluster/acme')
  expect(made.servers.map(({ name, state }) => [name, state])).toEqual([
    ['acme.endpoint', 'ready'],
    ['acme.postgres-logins', 'done'],
    ['acme.postgres-1', 'ready'],
    ['acme.postgres-2', 'ready'],
  ])
  await until(async () => {
    const { observed } = await view('postgres-cluster/acme')
    expect(observed).toMatchObject({
      primary: 'postgres-1',
      notReady: [],
      members: { 'postgres-2': { syncState: 'async' } },
    })
  })
})

test('asked for again nothing is started anew; what cannot be is refused by its field and changes nothing', async () => {
  const before = await view('postgres-cluster/acme')
  expect((await put('postgres-cluster/acme', { standbys: 1 })).status).toBe(202)
  const refused = await put('postgres-cluster/acme', { standbys: 3 })
  expect([refused.status, await refused.json()]).toEqual([
    422,
    expect.objectContaining({ code: 'resource.invalid', field: 'standbys' }),
  ])
  const after = await view('postgres-cluster/acme')
  expect([after.state, after.inputs, pidsOf(after)]).toEqual(['ready', before.inputs, pidsOf(before)])
})

test('a key, a store and what seals make an encrypted copy that only the same tenant opens', async () => {
  await put('key/acme', { generation: 1 })
  await put('backup-store/acme', { residency: 'local-1' })
  await Promise.all(['key/acme', 'backup-store/acme'].map(ready))
  const context = { tenant: 'acme' }
  const ask = async (path: string, body: unknown) =>
    (await (await request(`/resources/key/acme/${path}`, json('POST', body))).json()) as Record<string, string>
  const made = await ask('data-key', { context })
  const rows = Buffer.from(
    await withClient(await urlOf(0), async (client) =>
      JSON.stringify((await client.query('select * from pg_am')).rows),
    ),
  )
  const dataKey = Buffer.from(made['plaintext'] ?? '', 'base64url')
  const sealed = await collected(seal(streamed(rows), dataKey, made['wrapped'] ?? ''))
  const stored = await request('/resources/backup-store/acme/objects/exports/rows.sealed', {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(sealed),
  })
  expect(stored.status).toBe(201)
  await put('key/acme', { generation: 2 }) // rotated meanwhile
  await ready('key/acme')

  const got = Buffer.from(
    await (await request('/resources/backup-store/acme/objects/exports/rows.sealed')).arrayBuffer(),
  )
  expect(got.includes('btree')).toBe(false)
  const wrapped = await readLabel(streamed(got))
  expect(await ask('unwrap', { wrapped, context: { tenant: 'hooli' } })).toMatchObject({ code: 'key.refused' })
  const { plaintext } = await ask('unwrap', { wrapped, context })
  const opened = await collected(open(streamed(got), Buffer.from(plaintext ?? '', 'base64url')))
  expect(opened.equals(rows)).toBe(true)
})

test('a failover outlives the daemon: the promoted one serves, the deposed one is left down and told', async () => {
  await withClient(await urlOf(0), (client) => client.query('create table kept as select 1 as n'))
  await until(async () => withClient(await urlOf(1), (client) => client.query('select n from kept')))
  const kill = await request('/servers/acme.postgres-1/kill', json('POST', { stayDown: true }), 'daemon')
  expect(kill.status).toBe(200)
  await withClient(await urlOf(1), (client) => client.query('select pg_promote()'))
  await withClient(await urlOf(1), (client) => client.query('insert into kept values (2)'))
  await crash()
  const back = await ready('postgres-cluster/acme')
  expect(back.error).toBeNull()
  await until(async () => {
    const { servers, observed } = await view('postgres-cluster/acme')
    expect(servers.find(({ name }) => name === 'acme.postgres-1')).toMatchObject({ state: 'failed', pid: null })
    expect(observed).toMatchObject({ primary: 'postgres-2', writable: ['postgres-2'], notReady: ['acme.postgres-1'] })
  })
  const { rows } = await withClient(await urlOf(1), (client) => client.query('select n from kept order by n'))
  expect(rows).toEqual([{ n: 1 }, { n: 2 }])
})

test('deleted, nothing of them is left: no process, no folder, no port', async () => {
  const cluster = await view('postgres-cluster/acme')
  const processes = pidsOf(cluster).flatMap((pid) => (pid === null ? [] : (identify(pid) ?? [])))
  for (const kind of ['postgres-cluster', 'key', 'backup-store']) {
    expect((await request(`/resources/${kind}/acme`, { method: 'DELETE' })).status).toBe(202)
    await until(async () => expect((await request(`/resources/${kind}/acme`)).status).toBe(404))
    await expect(stat(`${estate.paths.resources}/${kind}/acme`)).rejects.toThrow('ENOENT')
  }
  expect(processes.length).toBeGreaterThan(0)
  expect(processes.filter(isRunning)).toEqual([])
  const record = await readRecord(estate.paths)
  const left = (await findLeftovers(estate.paths, record?.id ?? '')).filter(({ pid }) => pid !== estate.pid)
  expect(left).toEqual([])
  await checkPorts(
    { first: Number(cluster.outputs['postgres-1']), second: Number(cluster.outputs['postgres-2']) },
    'they are free',
  )
})
