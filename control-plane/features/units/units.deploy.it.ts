import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { releasesStore } from './units.releases-store.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  for (const version of [
    { version: '2.0.0', schema: 3, rollbackTo: 2 },
    { version: '2.1.0', schema: 3, rollbackTo: 2 },
  ])
    await plane.call('POST', '/v1/products/ledger/versions', { body: version })
})
afterAll(() => plane.close())

const deploy = (unit: string, version: string, headers: Record<string, string> = {}) =>
  plane.call('POST', `/v1/units/${unit}/deploy`, { body: { version }, headers })
const shown = async (unit: string) => (await plane.call('GET', `/v1/units/${unit}`)).body
const deployed = async (unit: string) =>
  ((await shown(unit))['conditions'] as { type: string; status: string; reason: string; message: string }[]).find(
    ({ type }) => type === 'Deployed',
  )
/** What the step does that runs the migrations of a version. */
const expand = (id: unknown, schema: number, floor: number) =>
  plane.worker.transaction((tx) => releasesStore.noteSchema(tx, String(id), { schema, floor }))

test('a unit moves to another version of its product and returns', async () => {
  const id = await plane.cell('mover')
  expect(await shown('mover')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0' })
  expect(await deployed('mover')).toMatchObject({ status: 'true', reason: 'Confirmed' })

  const asked = await deploy('mover', '1.1.0', { 'if-match': '"1"' })
  expect([asked.status, asked.headers['etag']]).toEqual([202, '"2"'])
  expect(asked.body).toMatchObject({
    state: 'running',
    merged: false,
    unit: { version: '1.1.0', confirmedVersion: '1.0.0', state: 'active', generation: 2 },
  })
  expect(await deployed('mover')).toMatchObject({ status: 'false', reason: 'Deploying' })
  await expand(id, 2, 1)
  await plane.finish(asked.body['operationId'])
  expect(await shown('mover')).toMatchObject({ version: '1.1.0', confirmedVersion: '1.1.0', state: 'active' })
  expect(await deployed('mover')).toMatchObject({ status: 'true', message: 'Every pod was seen to serve 1.1.0' })

  const back = await deploy('mover', '1.0.0')
  await plane.finish(back.body['operationId'])
  expect(await shown('mover')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0', generation: 3 })
  const record = await plane.rows(
    `select canonical from audit_events where action = 'unit.deploy' and subject = $1 order by sequence`,
    [`unit:${id}`],
  )
  expect(record.map(({ canonical }) => /"from":"([^"]+)".*"to":"([^"]+)"/.exec(String(canonical))?.slice(1))).toEqual([
    ['1.0.0', '1.1.0'],
    ['1.1.0', '1.0.0'],
  ])
})

test('a version that every pod serves already needs no operation', async () => {
  await plane.cell('settled')
  const before = await plane.dump()
  const asked = await deploy('settled', '1.0.0')
  expect([asked.status, asked.headers['etag'], asked.body['name']]).toEqual([200, '"1"', 'settled'])
  expect(asked.body).not.toHaveProperty('operationId')
  expect(await plane.dump()).toEqual(before)
})

test('a deployment that fails leaves the version before wanted; asking for that again then looks once more', async () => {
  await plane.cell('failing')
  const asked = await deploy('failing', '1.1.0')
  await plane.finish(asked.body['operationId'], 'failed')
  expect(await shown('failing')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0', state: 'active' })
  expect(await deployed('failing')).toMatchObject({
    status: 'false',
    reason: 'DeployFailed',
    message: expect.stringContaining(String(asked.body['operationId'])),
  })
  const again = await deploy('failing', '1.0.0')
  expect(again.status).toBe(202)
  await plane.finish(again.body['operationId'])
  expect(await deployed('failing')).toMatchObject({ status: 'true', reason: 'Confirmed' })
  expect((await deploy('failing', '1.0.0')).status).toBe(200)
})

test('a deployment whose undo wants the version before again says how it ended, also where that version was asked for', async () => {
  await plane.cell('undone')
  const asked = await deploy('undone', '1.1.0')
  const { id } = await shown('undone')
  await plane.worker.transaction((tx) => releasesStore.restore(tx, String(id))) // as the undo of roll-pods does
  await plane.finish(asked.body['operationId'], 'failed')
  expect(await deployed('undone')).toMatchObject({ status: 'false', reason: 'DeployFailed' })
  const again = await deploy('undone', '1.0.0')
  await plane.finish(again.body['operationId'], 'cancelled')
  expect(await deployed('undone')).toMatchObject({ status: 'false', reason: 'Cancelled' })
})

test('two deployments queue; what is wanted is what runs, and the last one holds', async () => {
  await plane.cell('queueing')
  const first = await deploy('queueing', '1.1.0')
  const second = await deploy('queueing', '2.0.0')
  const third = await deploy('queueing', '1.0.0')
  expect([first, second, third].map(({ body }) => body['state'])).toEqual(['running', 'queued', 'queued'])
  expect((await shown('queueing'))['version']).toBe('1.1.0')
  const stopped = await plane.call('POST', `/v1/operations/${String(second.body['operationId'])}/cancel`)
  expect(stopped.status).toBe(202)
  await plane.finish(second.body['operationId'], 'cancelled')
  expect((await shown('queueing'))['version']).toBe('1.1.0')
  expect(await deployed('queueing')).toMatchObject({ reason: 'Deploying' })
  await plane.finish(first.body['operationId'])
  expect(await shown('queueing')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.1.0' })
  await plane.finish(third.body['operationId'])
  expect(await shown('queueing')).toMatchObject({ version: '1.0.0', confirmedVersion: '1.0.0' })
})

test('tenants wait while their unit moves, and a unit waits for its tenants', async () => {
  await plane
    .call('POST', '/v1/cells', { body: { name: 'shared-one', region: 'local-1' } })
    .then(({ body }) => plane.finish(body['operationId']))
  const { unitId, slug } = await plane.customer('waiting')
  const moving = await deploy(unitId, '1.1.0')
  const suspension = await plane.call('POST', `/v1/tenants/${slug}/suspend`)
  expect([moving.body['state'], suspension.body['state']]).toEqual(['running', 'queued'])
  const later = await deploy(unitId, '1.0.0')
  expect(later.body['state']).toBe('queued')
  await plane.finish(moving.body['operationId'])
  await plane.finish(suspension.body['operationId'])
  await plane.finish(later.body['operationId'])
})

test('no version whose code does not run on what the database has been through', async () => {
  const id = await plane.cell('far')
  const forward = await deploy('far', '2.0.0')
  await expand(id, 3, 2)
  await plane.finish(forward.body['operationId'])
  const before = await plane.dump()
  const refused = await deploy('far', '1.0.0')
  expect(refused.body).toMatchObject({
    status: 409,
    code: 'unit.version-too-old',
    schema: 1,
    floor: 2,
    errors: [{ pointer: '/version' }],
  })
  expect(await plane.dump()).toEqual(before)
  expect((await deploy('far', '1.1.0')).status).toBe(202)
})

test('a failed deployment is not repeated on a database that has moved on', async () => {
  const id = await plane.cell('moved-on')
  const failed = await deploy('moved-on', '1.0.0', {}).then(() => deploy('moved-on', '1.1.0'))
  await plane.finish(failed.body['operationId'], 'failed')
  await expand(id, 9, 9)
  const retried = await plane.call('POST', `/v1/operations/${String(failed.body['operationId'])}/retry`)
  expect(retried.body).toMatchObject({ status: 409, code: 'unit.version-too-old' })
})

test.each<[string, string, Record<string, unknown>, number, string]>([
  ['an unknown version', 'mover', { version: '9.9.9' }, 422, 'version.unknown'],
  ['no version', 'mover', {}, 400, 'request.invalid'],
  ['a version that is a shell', 'mover', { version: '1;id' }, 400, 'request.invalid'],
  ['another member', 'mover', { version: '1.1.0', force: true }, 400, 'request.invalid'],
  ['an unknown unit', 'nobody', { version: '1.1.0' }, 404, 'unit.not-found'],
])('%s is refused and changes nothing', async (_what, unit, body, status, code) => {
  const before = await plane.dump()
  const refused = await plane.call('POST', `/v1/units/${unit}/deploy`, { body })
  expect(refused.body).toMatchObject({ status, code })
  expect(await plane.dump()).toEqual(before)
})

test('a unit that is being made, or gone, moves nowhere; a stale generation is refused', async () => {
  const made = await plane.call('POST', '/v1/cells', { body: { name: 'young', region: 'local-1' } })
  expect((await deploy('young', '1.1.0')).body).toMatchObject({ status: 409, code: 'operation.conflict' })
  await plane.finish(made.body['operationId'], 'failed')
  expect((await deploy('young', '1.1.0')).body).toMatchObject({
    status: 409,
    code: 'unit.state-forbids',
    state: 'failed',
  })
  expect((await deploy('mover', '1.1.0', { 'if-match': '"99"' })).body).toMatchObject({
    status: 412,
    code: 'generation.stale',
  })
})

test('who may not release deploys nothing', async () => {
  for (const role of ['viewer', 'sre', 'sales-engineer'] as const) {
    const { token } = await plane.login(role)
    const answer = await plane.call('POST', '/v1/units/mover/deploy', { body: { version: '1.1.0' }, token })
    expect([role, answer.status]).toEqual([role, 403])
  }
})
