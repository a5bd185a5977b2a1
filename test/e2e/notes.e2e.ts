import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLAUSE_IDS, type ClauseId } from '../../control-plane/domain/contract.ts'
import { ROOT } from '../support/documents.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer } from '../support/plane.ts'
import { residueOf } from '../support/residue.ts'

/** A product that this repository does not ship: its chart and its image lie in folders that only the configuration names. */
const PRODUCTS = {
  STEWARD_CHARTS: path.join(ROOT, 'test/products/charts'),
  STEWARD_IMAGES: path.join(ROOT, 'test/products/images'),
}
let its: TestEstate
beforeAll(async () => {
  its = await testEstate({ env: withOwnParts({ ...process.env, ...PRODUCTS, STEWARD_ATTEST_HOURS: '0' }) })
  await createCell(its.plane, 'books') // of ledger, with all the room that anybody could want
  await must('POST', '/v1/products', { name: 'notes', title: 'Notes' }, 201)
  for (const version of [
    { version: '1.0.0', schema: 1 },
    { version: '1.1.0', schema: 2, rollbackTo: 1 },
  ])
    await must('POST', '/v1/products/notes/versions', version, 201)
})
afterAll(async () => its?.remove())

async function must(method: string, url: string, body: unknown, expected = 202): Promise<Record<string, unknown>> {
  const answer = await its.plane.call(method, url, body === undefined ? {} : { body })
  expect({ url, status: answer.status, body: answer.body }).toMatchObject({ status: expected })
  return answer.body
}
const done = async (method: string, url: string, body?: unknown, outcome: 'succeeded' | 'failed' = 'succeeded') =>
  its.plane.settle(String((await must(method, url, body))['operationId']), outcome)
const as = (slug: string, at: string, body?: unknown) =>
  asCustomer(its.estate.urls.edge, `${slug}.localhost`, at, body === undefined ? {} : { method: 'POST', body })
const read = async <T>(slug: string, at: string): Promise<T> => JSON.parse((await as(slug, at)).body) as T // shapes of notes
const unit = async (name: string) => (await its.plane.call('GET', `/v1/units/${name}`)).body

test('a cell of another product is made with containers of that product’s size, and takes its tenants and no others', async () => {
  await done('POST', '/v1/cells', { name: 'desk', product: 'notes', retireApproval: 'none' })
  expect(await unit('desk')).toMatchObject({ product: 'notes', version: '1.0.0', state: 'active' })
  for (const slug of ['acme', 'globex'])
    await done('POST', '/v1/tenants', { slug, plan: 'starter-shared', product: 'notes' })
  await done('POST', '/v1/tenants', { slug: 'initech', plan: 'starter-shared' })
  const placed = async (slug: string) =>
    (await its.plane.call<{ unit: { name: string }; product: string }>('GET', `/v1/tenants/${slug}`)).body
  expect(await placed('acme')).toMatchObject({ product: 'notes', unit: { name: 'desk' } })
  expect(await placed('initech')).toMatchObject({ product: 'ledger', unit: { name: 'books' } })
})

test('its tenants are served, kept apart, suspended and resumed', async () => {
  expect(await read('acme', '/whoami')).toMatchObject({ tenant: 'acme', version: '1.0.0' })
  expect((await as('acme', '/notes', { text: 'milk', pinned: true })).status).toBe(201)
  expect(await read('acme', '/notes')).toEqual([{ id: expect.any(String), text: 'milk' }])
  expect(await read('globex', '/notes')).toEqual([])
  await done('POST', '/v1/tenants/acme/suspend')
  expect([(await as('acme', '/notes')).status, (await as('globex', '/notes')).status]).toEqual([403, 200])
  await done('POST', '/v1/tenants/acme/resume')
  expect((await as('acme', '/notes')).status).toBe(200)
})

test('it moves to its next version and back, and keeps what was written', async () => {
  await done('POST', '/v1/units/desk/deploy', { version: '1.1.0' })
  expect((await as('acme', '/notes', { text: 'bread', pinned: true })).status).toBe(201)
  const pinned = (await read<{ text: string; pinned: boolean }[]>('acme', '/notes')).map((note) => [
    note.text,
    note.pinned,
  ])
  expect(pinned.toSorted()).toEqual([
    ['bread', true],
    ['milk', false],
  ])
  await done('POST', '/v1/units/desk/deploy', { version: '1.0.0' })
  expect(await unit('desk')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0' })
  expect(await read('acme', '/notes')).toHaveLength(2)
})

const command = async (line: string) =>
  promisify(execFile)(process.execPath, ['control-plane/cli/main.ts', ...line.split(' ')], {
    env: { ...process.env, STEWARD_URL: its.estate.urls.api, STEWARD_TOKEN: its.token },
  }).then(
    ({ stdout }) => ({ code: 0, out: stdout, err: '' }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  )
const outcomes = (out: string) =>
  Object.fromEntries(
    [...out.matchAll(/^([a-z]+\.[a-z-]+) +(pass|fail|not-checked)\b/gm)].map(([, id, outcome]) => [id, outcome]),
  )
const allPassBut = (...open: ClauseId[]) =>
  Object.fromEntries(CLAUSE_IDS.map((id) => [id, open.includes(id) ? 'not-checked' : 'pass']))

test('a cell of it keeps every clause of the contract that a cell can show, and so does one of ledger', async () => {
  for (const [product, name] of [
    ['notes', 'desk'],
    ['ledger', 'books'],
  ] as const) {
    const { code, out, err } = await command(`products check ${product} --unit ${name} --wait`)
    expect(outcomes(out), `${out}\n${err}`).toEqual(allPassBut('tenants.silo', 'migrate.exit-codes'))
    expect(code).toBe(0)
  }
  expect(await read('acme', '/whoami')).toMatchObject({ tenant: 'acme' })
})

test('a product that breaks a clause is told so by name, and by the exit code', async () => {
  await must('POST', '/v1/products', { name: 'broken', chart: 'notes', image: 'broken-notes' }, 201)
  await must('POST', '/v1/products/broken/versions', { version: '1.0.0-abrupt', schema: 1 }, 201)
  await done('POST', '/v1/cells', { name: 'faulty', product: 'broken', retireApproval: 'none' })
  const { code, out, err } = await command('products check broken --unit faulty --wait')
  expect(outcomes(out)).toEqual({ ...allPassBut('tenants.silo', 'migrate.exit-codes'), 'stop.in-flight': 'fail' })
  expect([code, err]).toEqual([1, expect.stringContaining('not kept: stop.in-flight')])
  await done('DELETE', '/v1/cells/faulty')
})

test('a private instance of it lives the same life and leaves nothing', async () => {
  await done('POST', '/v1/tenants', { slug: 'umbrella', plan: 'team-private', product: 'notes' })
  expect(await unit('umbrella')).toMatchObject({ kind: 'instance', product: 'notes' })
  expect((await as('umbrella', '/notes', { text: 'own' })).status).toBe(201)
  await done('POST', '/v1/tenants/umbrella/suspend')
  expect((await as('umbrella', '/notes')).status).toBe(403)
  await done('POST', '/v1/tenants/umbrella/resume')
  await done('POST', '/v1/units/umbrella/deploy', { version: '1.1.0' })
  const { out, err } = await command('products check notes --unit umbrella --wait')
  expect(outcomes(out), `${out}\n${err}`).toEqual(allPassBut('http.suspended', 'http.over-rate', 'migrate.exit-codes'))
  expect(await read('umbrella', '/notes')).toMatchObject([{ text: 'own', pinned: false }])
  const { id } = (await its.plane.call<{ id: string }>('GET', '/v1/tenants/umbrella')).body
  await done('DELETE', '/v1/tenants/umbrella')
  expect(await residueOf(its.estate, { id, slug: 'umbrella', host: 'umbrella.localhost' })).toEqual([])
})

test('shared tenants are removed without residue, then the cell', async () => {
  for (const slug of ['acme', 'globex']) {
    const { id } = (await its.plane.call<{ id: string }>('GET', `/v1/tenants/${slug}`)).body
    await done('DELETE', `/v1/tenants/${slug}`)
    expect(await residueOf(its.estate, { id, slug, host: `${slug}.localhost` })).toEqual([])
  }
  await done('DELETE', '/v1/cells/desk')
})

test.each([
  ['a chart that is nowhere', { chart: 'chartless', image: 'notes' }, '1.0.0', 'chart.invalid', 'STEWARD_CHARTS'],
  [
    'an image of another repository',
    { chart: 'notes', image: 'evil/notes' },
    '1.0.0',
    'release.image-not-allowed',
    'evil/notes:1.0.0',
  ],
  ['a version that nobody pushed', { chart: 'notes', image: 'notes' }, '9.9.9', 'release.image-missing', 'notes:9.9.9'],
])('a product with %s is refused before anything is made', async (_what, product, version, code, said) => {
  const name = `odd-${code.split('.').at(-1) ?? ''}`
  await must('POST', '/v1/products', { name, ...product }, 201)
  await must('POST', `/v1/products/${name}/versions`, { version, schema: 1 }, 201)
  const { error, steps } = await done('POST', '/v1/cells', { name, product: name, retireApproval: 'none' }, 'failed')
  expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
  const begun = steps.filter(({ state }) => state !== 'pending').map(({ step }) => step)
  expect(begun).toEqual(['prepare-namespace', 'undo-prepare-namespace'])
  await done('DELETE', `/v1/cells/${name}`)
})
