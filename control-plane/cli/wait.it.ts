import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type Running, type ServedPlane } from '../../test/support/cli.ts'
import { changePlans } from '../features/operations/operations.plan-keep.ts'
import { newId } from '../platform/ids.ts'
import { freePort } from '../../test/support/postgres.ts'
import { screenAfter } from '../../test/support/terminal.ts'
import { answer, clientFor, type Session } from './session.ts'
import { waitFor } from './wait.ts'
import { whoAmI } from '../client/generated/sdk.gen.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50 })
})
afterAll(() => plane.close())

const noAudit = async () => ({ id: newId(), sequence: 1 })
const poll = (what: () => unknown) => expect.poll(what, { timeout: 20_000, interval: 20 })
/** The operation that runs on a tenant, once there is one. */
async function runningOn(slug: string): Promise<{ operationId: string; epoch: number }> {
  const find = () =>
    plane.rows(
      `select o.id, o.epoch::int from operations o join tenants t on t.id = o.tenant_id where t.slug = $1 and o.state = 'running'`,
      [slug],
    )
  await poll(async () => (await find()).length).toBe(1)
  const [row] = await find()
  return { operationId: String(row?.['id']), epoch: Number(row?.['epoch']) }
}
const perform = async (
  operation: { operationId: string; epoch: number },
  step: string,
  error?: { code: string; message: string },
) => {
  await plane.recorder.stepStarted({ ...operation, step, attempt: 1, leaseMs: 60_000 })
  await plane.recorder.stepFinished({ ...operation, step, attempt: 1, ...(error ? { error } : {}) })
}
const told = (running: Running) => () => running.said().err
/** Lines without how long each took. */
const lines = (text: string) => text.split('\n').map((line) => line.replace(/  +[\d.]+ m?s/, ''))

test('--wait tells each step as it ends, then says what is so now', async () => {
  const running = plane.follow('tenants create acme --plan starter-shared --wait')
  const operation = await runningOn('acme')
  await poll(told(running)).toContain(
    `operation ${operation.operationId}: tenant.provision running: 0 of 4 steps, no history yet`,
  )
  await perform(operation, 'publish-tenant')
  await poll(told(running)).toContain('✓ Publish the tenant to every pod of its unit')
  expect(running.said().err).not.toContain('Route its host name')
  for (const step of ['apply-route', 'open-edge', 'probe-serving']) await perform(operation, step)
  await plane.recorder.close({ ...operation, outcome: 'succeeded' })
  const { code, out, err } = await running.ended
  expect([code, out]).toEqual([0, 'acme is served at http://acme.localhost:7401'])
  expect(
    lines(err)
      .map((line) => line.replace(/ +\(.*\)$/, ''))
      .slice(1),
  ).toEqual([
    '✓ Publish the tenant to every pod of its unit',
    '✓ Route its host name inside the unit',
    '✓ Open its host name at the edge',
    '✓ Request its address until it answers as this tenant',
    'tenant.provision succeeded',
  ])
  await poll(() => plane.watchers()).toBe(0)
})

test('with JSON the operation as it ended is all that is on standard output', async () => {
  const { slug } = await plane.customer('json-co')
  const running = plane.follow(`tenants suspend ${slug} --wait -o json`)
  const operation = await runningOn(slug)
  await perform(operation, 'publish-tenant')
  await plane.recorder.close({ ...operation, outcome: 'succeeded' })
  const { code, out } = await running.ended
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ id: operation.operationId, state: 'succeeded', kind: 'tenant.suspend' })
})

test('a failure ends with its error, exit 1 and the way to try again; JSON is printed all the same', async () => {
  const { slug } = await plane.customer('unlucky')
  const error = { code: 'probe.refused', message: 'The edge answered 502' }
  const running = plane.follow(`tenants suspend ${slug} --wait -o json`)
  const operation = await runningOn(slug)
  const watching = plane.follow(`operations watch ${operation.operationId}`)
  await perform(operation, 'publish-tenant', error)
  await plane.recorder.close({ ...operation, outcome: 'failed', error })
  const { code, out, err } = await running.ended
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ state: 'failed', error })
  expect(err).toContain('The edge answered 502 (probe.refused)\n  operation ' + operation.operationId)
  expect(err).toContain(`try again: steward operations retry ${operation.operationId} --wait`)
  const watched = await watching.ended
  expect(watched).toMatchObject({ code: 1, out: '' })
  expect(watched.err).toMatch(/^✗ Publish the suspension .*The edge answered 502 \(probe\.refused\)/m)
  expect(await plane.as(`operations watch ${operation.operationId}`)).toMatchObject({ code: 1 })

  const again = plane.follow(`operations retry ${operation.operationId} --wait`)
  await plane.recorder.close({ ...(await runningOn(slug)), outcome: 'succeeded' })
  expect((await again.ended).code).toBe(0)
})

test('a cancellation is a failure for who waited for the work, and a success for who waited for the cancellation', async () => {
  const { slug } = await plane.customer('fickle')
  const running = plane.follow(`tenants suspend ${slug} --wait`)
  const operation = await runningOn(slug)
  await poll(told(running)).toContain('0 of 2 steps')
  const cancelling = plane.follow(`operations cancel ${operation.operationId} --wait`)
  await poll(() => cancelling.said().err).toContain('stopping')
  await perform(operation, 'publish-tenant')
  await plane.recorder.close({ ...operation, outcome: 'cancelled' })
  expect(await running.ended).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('tenant.suspend was cancelled (operation.cancelled)'),
  })
  expect(await cancelling.ended).toMatchObject({ code: 0, out: 'tenant.suspend cancelled' })

  const late = plane.follow(`tenants suspend ${slug} --wait`)
  const second = await runningOn(slug)
  const tooLate = plane.follow(`operations cancel ${second.operationId} --wait`)
  await poll(() => tooLate.said().err).toContain('stopping')
  await plane.recorder.close({ ...second, outcome: 'succeeded' })
  expect(await tooLate.ended).toMatchObject({ code: 1, err: expect.stringContaining('operation.not-cancelled') })
  expect((await late.ended).code).toBe(0)
})

test('what waits for a change plan shows it, and goes on when it was approved', async () => {
  const running = plane.follow('tenants create grand --plan enterprise --wait')
  const find = () =>
    plane.rows(
      `select p.id, p.operation_id from change_plans p join tenants t on t.id = p.tenant_id where t.slug = 'grand'`,
    )
  await poll(async () => (await find()).length).toBe(1)
  const [row] = await find()
  const operationId = String(row?.['operation_id'])
  const fault = { code: 'target.unreachable', message: 'The target does not answer' }
  await plane.worker.transaction((tx) =>
    changePlans({ clock: plane.clock, audit: noAudit }).fail(tx, String(row?.['id']), fault),
  )
  await poll(told(running)).toContain('plan 1 could not be made: The target does not answer (target.unreachable)')
  const again = await plane.as(`operations plan ${operationId} --again`)
  expect(again).toMatchObject({ code: 0, out: 'plan 2 is being made (planning)' })
  await plane.as(`operations cancel ${operationId}`)
  await plane.rows(`update operations set state = 'cancelled', finished_at = now() where id = $1`, [operationId])
  expect((await running.ended).code).toBe(1)
})

test('what waits behind another operation says so and goes on by itself', async () => {
  const { slug } = await plane.customer('patient')
  const first = plane.follow(`tenants suspend ${slug} --wait`)
  const ahead = await runningOn(slug)
  const second = plane.follow(`tenants resume ${slug} --wait`)
  await poll(told(second)).toContain(`tenant.resume queued behind ${ahead.operationId}`)
  await plane.recorder.close({ ...ahead, outcome: 'succeeded' })
  expect((await first.ended).code).toBe(0)
  const behind = await runningOn(slug)
  await plane.recorder.close({ ...behind, outcome: 'succeeded' })
  expect(await second.ended).toMatchObject({ code: 0, out: `${slug} is served again` })
})

test.each([
  ['breaks in the middle', true],
  ['is stopped in order', false],
] as const)('a plane that %s and comes back is waited for', async (_how, abruptly) => {
  const { slug } = await plane.customer(abruptly ? 'bumpy' : 'smooth')
  const running = plane.follow(`tenants suspend ${slug} --wait`)
  const operation = await runningOn(slug)
  await poll(() => plane.watchers()).toBe(1)
  await plane.down(abruptly)
  await poll(told(running)).toMatch(/plane at .* trying again/)
  await perform(operation, 'publish-tenant') // while nobody could hear it
  await plane.up()
  await poll(told(running)).toContain('✓ Publish the suspension')
  await poll(() => plane.watchers()).toBe(1) // live again, not only looking now and then
  await plane.recorder.close({ ...operation, outcome: 'succeeded' })
  const { code, err } = await running.ended
  expect(code).toBe(0)
  expect(err.match(/trying again/g)).toHaveLength(1)
  expect(err.match(/✓ Publish/g)).toHaveLength(1)
})

test('a plane that stays away is given up: exit 6, and the operation goes on', async () => {
  const { slug } = await plane.customer('lonely')
  const { out } = await plane.as(`tenants suspend ${slug} -o json`)
  const { operationId } = JSON.parse(out) as { operationId: string }
  const session: Session = {
    env: {}, output: 'table', url: plane.url, client: clientFor(plane.url, plane.token), terminal: null,
    print: () => {}, note: () => {}, input: async () => '',
  } // prettier-ignore
  const waiting = waitFor(session, operationId, { againMs: 20, lookMs: 100, giveUpMs: 300 })
  const refused = expect(waiting).rejects.toMatchObject({
    exitCode: 6,
    code: 'plane.unreachable',
    message: expect.stringContaining(`operation ${operationId} goes on`),
  })
  await plane.down(true)
  await refused
  await plane.up()
  expect(await plane.as(`operations get ${operationId}`)).toMatchObject({ code: 0 })
})

test('without event streams it still ends: a look now and then is enough', async () => {
  const { slug } = await plane.customer('eventless')
  const { out } = await plane.as(`tenants suspend ${slug} -o json`)
  const { operationId } = JSON.parse(out) as { operationId: string }
  const real = clientFor(plane.url, plane.token)
  const notes: string[] = []
  const session: Session = {
    env: {}, output: 'table', url: plane.url, client: { ...real, sse: clientFor(await nowhere(), 'stw_x').sse }, terminal: null,
    print: () => {}, note: (text) => notes.push(text), input: async () => '',
  } // prettier-ignore
  const waiting = waitFor(session, operationId, { againMs: 20, lookMs: 50, giveUpMs: 60_000 })
  await poll(() => notes.join('\n')).toContain('0 of 2 steps')
  await plane.recorder.close({ ...(await runningOn(slug)), outcome: 'succeeded' })
  expect(await waiting).toMatchObject({ state: 'succeeded' })
})

const nowhere = async () => `http://127.0.0.1:${await freePort()}`

test('a plane that is down is exit 6 at once, by its address', async () => {
  const url = await nowhere()
  for (const line of [
    'whoami',
    'tenants list',
    'tenants create x --plan y --wait',
    'operations watch 1',
    'operations cancel 1 --wait',
  ]) {
    const { code, out, err } = await plane.as(line, { env: { STEWARD_URL: url } })
    expect([code, out]).toEqual([6, ''])
    expect(err).toMatch(
      new RegExp(`^error: cannot reach the plane at ${url}: connect ECONNREFUSED .*\\(plane\\.unreachable\\)$`),
    )
  }
})

test('somebody else behind the address is told from a plane, and a plane that does not answer from one that does', async () => {
  const answers: Record<string, [number, string, string]> = {
    '/html/v1/whoami': [200, 'text/html', '<h1>Welcome</h1>'],
    '/liar/v1/whoami': [200, 'application/json', '{"operatorId":'],
    '/lost/v1/whoami': [404, 'text/html', 'nothing here'],
    '/proxy/v1/whoami': [502, 'text/html', 'bad gateway'],
  }
  const server = createServer((request, response) => {
    const [status, type, body] = answers[request.url ?? ''] ?? [0, '', '']
    if (status === 0) return // silence
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  try {
    for (const [place, code, problem] of [
      ['html', 1, 'not-a-plane'],
      ['liar', 1, 'not-a-plane'],
      ['lost', 1, 'not-a-plane'],
      ['proxy', 6, 'unreachable'],
    ] as const)
      expect(await plane.as('whoami', { env: { STEWARD_URL: `${url}/${place}` } })).toMatchObject({
        code,
        out: '',
        err: expect.stringContaining(`plane.${problem}`),
      })
    const silent = answer({ url }, whoAmI({ client: clientFor(url, 'stw_x', 50) }))
    await expect(silent).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining('no answer in time') })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('on a terminal the steps are painted over', async () => {
  const terminal = { columns: 40, rows: 12 }
  const { slug } = await plane.customer('painter')
  const running = plane.follow(`tenants suspend ${slug} --wait`, { terminal })
  const operation = await runningOn(slug)
  const screen = () => screenAfter(running.said().painted, terminal)
  await poll(() => screen()[0]).toContain('tenant.suspend running: 0 of 2 steps')
  await perform(operation, 'publish-tenant')
  await poll(() => screen()[1]).toContain('✓ Publish the suspension')
  await plane.recorder.close({ ...operation, outcome: 'succeeded' })
  expect(await running.ended).toMatchObject({ code: 0, err: '', out: `${slug} is suspended` })
  expect(screen()).toEqual([
    'tenant.suspend succeeded: 1 of 2 steps',
    '  ✓ Publish the suspension to every po…',
    '    Request its address until it is re…',
    '',
  ])
})
