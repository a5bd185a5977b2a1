import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { newId } from '../../platform/ids.ts'

let rig: OperationsRig
beforeAll(async () => {
  rig = await operationsRig({ max: 50 })
})
afterAll(() => rig.close())

const claims = (id: string) =>
  rig.rows('select subject, mode, span::text from operation_claims where operation_id = $1 order by subject', [id])
const events = async (id: string) =>
  (await rig.rows('select type, data from operation_events where operation_id = $1 order by sequence', [id])).map(
    ({ type, data }) => [type, data],
  )

test('a free subject: the operation starts, claims what it touches and tells the hooks', async () => {
  const place = somewhere()
  const { operationId, ...rest } = await rig.ask('tenant.provision', place, { input: { plan: 'starter' } })
  expect(rest).toEqual({ state: 'running', merged: false })
  expect(await claims(operationId)).toEqual([
    { subject: `tenant:${place.tenantId}`, mode: 'exclusive', span: '[0,)' },
    { subject: `unit:${place.unitId}`, mode: 'shared', span: expect.stringMatching(/^\[\d+,\d+\)$/) },
  ])
  expect(await rig.epoch(operationId)).toBeGreaterThan(0)
  expect(await events(operationId)).toEqual([['operation.running', {}]])
  expect(rig.told).toContain(`admitted ${operationId}`)
})

test('a taken one: it queues without claims and without an epoch', async () => {
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  const second = await rig.ask('tenant.resume', place)
  expect(second).toMatchObject({ state: 'queued', merged: false })
  expect(await claims(second.operationId)).toEqual([])
  expect(await rig.epoch(second.operationId)).toBe(0) // null
  expect(await events(second.operationId)).toEqual([['operation.queued', { behind: first.operationId }]])
  expect(rig.told).not.toContain(`admitted ${second.operationId}`)
})

test('other tenants of the same cell run beside it', async () => {
  const { unitId } = somewhere()
  const both = await Promise.all(
    [newId(), newId()].map((tenantId) => rig.ask('tenant.provision', { tenantId, unitId })),
  )
  expect(both.map(({ state }) => state)).toEqual(['running', 'running'])
})

test('the same wish twice is one operation', async () => {
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  expect(await rig.ask('tenant.suspend', place)).toEqual({ ...first, merged: true })
})

test('a refusal names the operation in the way and leaves nothing behind', async () => {
  const place = somewhere()
  const first = await rig.ask('tenant.decommission', place)
  await expect(rig.ask('tenant.update', place)).rejects.toMatchObject({
    code: 'operation.conflict',
    status: 409,
    extra: { operationId: first.operationId, operationKind: 'tenant.decommission' },
  })
  await expect(rig.ask('cell.retire', { unitId: place.unitId })).rejects.toMatchObject({
    extra: { operationId: first.operationId },
  })
  expect(await rig.rows('select 1 from operations where tenant_id = $1', [place.tenantId])).toHaveLength(1)
})

test('a decommission asks a provision to stop and waits behind it', async () => {
  const place = somewhere()
  const victim = await rig.ask('tenant.provision', place)
  const leaving = await rig.ask('tenant.decommission', place)
  expect(leaving.state).toBe('queued')
  expect(await events(victim.operationId)).toEqual([
    ['operation.running', {}],
    ['operation.cancel-requested', { operationId: leaving.operationId, kind: 'tenant.decommission' }],
  ])
})

test('the caller’s transaction decides: rolled back, nothing was asked', async () => {
  const { requestOperation } = await import('./operations.request.ts')
  const place = somewhere()
  const wanted = {
    kind: 'tenant.update',
    ...place,
    region: 'local-1',
    input: {},
    requestedBy: null,
    requestId: null,
  } as const
  const attempt = rig.operator.transaction(async (tx) => {
    await requestOperation(rig.hooks, { clock: rig.clock, lastsMs: 1000 })(tx, wanted)
    throw new Error('the caller changed its mind')
  })
  await expect(attempt).rejects.toThrow('changed its mind')
  expect(await rig.rows('select 1 from operations where tenant_id = $1', [place.tenantId])).toEqual([])
})

test('a hundred at once on one tenant: one runs, the rest queue in the order of their sequence, each behind the one before', async () => {
  const place = somewhere()
  const answers = await Promise.all(Array.from({ length: 100 }, () => rig.ask('tenant.update', place)))
  expect(answers.filter(({ state }) => state === 'running')).toHaveLength(1)
  const rows = await rig.rows('select id, behind, state from operations where tenant_id = $1 order by sequence', [
    place.tenantId,
  ])
  expect(rows.map(({ state }) => state)).toEqual(['running', ...Array.from({ length: 99 }, () => 'queued')])
  expect(rows.slice(1).map(({ behind }) => behind)).toEqual(rows.slice(0, -1).map(({ id }) => id))
})

test('what admission does not see, the exclusion constraint refuses: a bug that shows itself', async () => {
  const place = somewhere()
  const hidden = await rig.ask('cell.create', { unitId: newId() })
  // Planted: a claim of an operation that admission has no way of knowing about.
  await rig.rows(`insert into operation_claims values ($1, $2, 'exclusive', '[0,)')`, [
    hidden.operationId,
    `tenant:${place.tenantId}`,
  ])
  await expect(rig.ask('tenant.update', place)).rejects.toThrow('the database refused')
  expect(await rig.rows('select 1 from operations where tenant_id = $1', [place.tenantId])).toEqual([])
})
