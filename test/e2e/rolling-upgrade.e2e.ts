import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { nextVersion, runBeside, type Running } from '../support/next-version.ts'
import { asCustomer, planeClient, type PlaneClient } from '../support/plane.ts'
import { until } from '../support/postgres.ts'
import { steadyTraffic, type Traffic } from '../support/steady-traffic.ts'

let its: TestEstate
let folder: string
let next: string
let traffic: Traffic
let newer: { worker: Running; api: Running; plane: PlaneClient }

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-upgrade-'))
  next = await nextVersion(folder)
  its = await testEstate()
  await createCell(its.plane, 'main')
  await provision(its.plane, 'steady', 'team-shared')
  traffic = steadyTraffic(() => asCustomer(its.estate.urls.edge, 'steady.localhost', '/accounts'), {
    lanes: 2,
    everyMs: 100,
  })
})
afterAll(async () => {
  await Promise.all([newer?.worker.stop(), newer?.api.stop()])
  await its?.remove()
  await rm(folder, { recursive: true, force: true })
})

async function ask(plane: PlaneClient, slug: string, plan = 'starter-shared'): Promise<string> {
  const { status, body } = await plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  expect({ status, body }).toMatchObject({ status: 202 })
  return String(body['operationId'])
}
const provision = async (plane: PlaneClient, slug: string, plan?: string) => plane.settle(await ask(plane, slug, plan))
const served = async (slug: string) => (await asCustomer(its.estate.urls.edge, `${slug}.localhost`, '/whoami')).status
const own = (server: 'api' | 'worker', verb: 'stop' | 'start') =>
  askDaemon(its.estate.home, `/servers/${server}/${verb}`, 'POST')
const stepsOf = async (url: string): Promise<number> =>
  [
    ...(await (await fetch(`${url}/metrics`)).text()).matchAll(/^steward_step_duration_seconds_count\S* (\d+)/gm),
  ].reduce((sum, [, count]) => sum + Number(count), 0)

test('the next version migrates under the running one, which goes on as if nothing had happened', async () => {
  const env = {
    ...process.env,
    DATABASE_OWNER_URL: (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim(),
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['control-plane/database/migrate.ts'], {
    cwd: next,
    env,
  })
  expect(stdout).toContain('migrated: 9000_colours')
  await provision(its.plane, 'after-migration')
  expect(await served('after-migration')).toBe(200)
})

test('operations that began at the old worker end at the new one, which has another bundle', async () => {
  const worker = await runBeside(its.estate, next, 'worker')
  const before = await stepsOf(its.estate.urls.worker)
  const operations = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(its.plane, `between-${n}`)))
  await until(async () => expect(await stepsOf(its.estate.urls.worker)).toBeGreaterThan(before)) // both are at it
  await own('worker', 'stop')
  for (const operation of operations) await its.plane.settle(operation)
  expect(await stepsOf(worker.url)).toBeGreaterThan(0)
  const api = await runBeside(its.estate, next, 'api')
  newer = { worker, api, plane: planeClient({ url: api.url, token: its.token }) }
})

test('old and new API serve side by side: each sees what the other took', async () => {
  await provision(newer.plane, 'by-the-new')
  await provision(its.plane, 'by-the-old')
  for (const plane of [its.plane, newer.plane]) {
    for (const slug of ['by-the-new', 'by-the-old'])
      expect((await plane.call('GET', `/v1/tenants/${slug}`)).body).toMatchObject({ state: 'active' })
  }
  await own('api', 'stop')
  await provision(newer.plane, 'new-alone')
  expect(await served('new-alone')).toBe(200)
})

test('the way back: the old version starts on the newer schema, says so, and goes on', async () => {
  await own('api', 'start')
  await own('worker', 'start')
  await Promise.all([newer.worker.stop(), newer.api.stop()])
  await until(async () => expect((await fetch(`${its.estate.urls.worker}/readyz`)).status).toBe(200), 60)
  for (const server of ['api', 'worker']) {
    const log = await (await askDaemon(its.estate.home, `/servers/${server}/logs?lines=200`)).text()
    expect(log).toMatch(/"event":"schema\.ahead".*9000_colours/)
  }
  await provision(its.plane, 'back-again')
  expect(await served('back-again')).toBe(200)
  const { answered, failures } = await traffic.stop()
  expect(failures).toEqual([])
  expect(answered).toBeGreaterThan(50)
})
