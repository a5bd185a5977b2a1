import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { verbsOf } from '../../domain/access.ts'
import type { Actor } from '../../platform/auth.ts'
import { newId } from '../../platform/ids.ts'
import { createCursors } from '../../platform/pagination.ts'
import { operationsService, type OperationsService } from './operations.service.ts'
import { operationsViews, type OperationsViews } from './operations.views.ts'

let rig: OperationsRig
let service: OperationsService
let views: OperationsViews
const actor: Actor = {
  operatorId: newId(),
  name: 'ada',
  role: 'administrator',
  verbs: verbsOf('administrator'),
  tokenId: newId(),
  credential: 'token',
  expiresAt: null,
  requestId: 'request-1',
}
const plain = { key: undefined, fingerprint: '' }

beforeAll(async () => {
  rig = await operationsRig()
  service = operationsService({ ...rig, database: rig.operator, approvalMs: 60_000 })
  views = operationsViews({ database: rig.operator, cursors: createCursors(randomBytes(32)) })
})
afterAll(() => rig.close())

const close = async (operationId: string, outcome: 'succeeded' | 'failed' | 'cancelled') =>
  rig.recorder.close({
    operationId,
    epoch: await rig.epoch(operationId),
    outcome,
    ...(outcome === 'failed' ? { error: { code: 'a.b', message: 'c' } } : {}),
  })
const perform = async (operationId: string, steps: string[]) => {
  const epoch = await rig.epoch(operationId)
  for (const step of steps) {
    await rig.recorder.stepStarted({ operationId, epoch, step, attempt: 1, leaseMs: 60_000 })
    await rig.recorder.stepFinished({ operationId, epoch, step, attempt: 1 })
  }
}

test('a cancel is a row, an event, an audit entry; asked twice it is the same wish', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  const first = await service.cancel(actor, plain, operationId)
  expect(first).toMatchObject({
    status: 202,
    headers: { location: `/v1/operations/${operationId}` },
    body: { operationId, state: 'running', merged: false },
  })
  expect((await service.cancel(actor, plain, operationId)).body.merged).toBe(true)
  expect(
    rig.audited.filter(({ action, operationId: id }) => action === 'operation.cancel' && id === operationId),
  ).toHaveLength(1)
  const detail = await views.get(operationId)
  expect(detail).toMatchObject({ state: 'running', cancellable: false, cancelRequestedAt: expect.any(String) })
})

test('what has ended is not cancelled', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await close(operationId, 'succeeded')
  await expect(service.cancel(actor, plain, operationId)).rejects.toMatchObject({
    code: 'operation.finished',
    status: 409,
    extra: { state: 'succeeded' },
  })
  await expect(service.cancel(actor, plain, newId())).rejects.toMatchObject({
    code: 'operation.not-found',
    status: 404,
  })
})

test('who may not ask for a change may not stop or repeat it either', async () => {
  const seller: Actor = { ...actor, role: 'sales-engineer', verbs: verbsOf('sales-engineer') }
  const { operationId } = await rig.ask('cell.create', somewhere())
  await expect(service.cancel(seller, plain, operationId)).rejects.toMatchObject({
    code: 'access.forbidden',
    extra: { verb: 'cells:create' },
  })
  await close(operationId, 'failed')
  await expect(service.retry(seller, plain, operationId)).rejects.toMatchObject({ code: 'access.forbidden' })
  expect((await service.retry(actor, plain, operationId)).body.merged).toBe(false)
})

test('past the point of no return the refusal names the step', async () => {
  const { operationId } = await rig.ask('tenant.decommission', somewhere())
  await perform(operationId, ['close-edge', 'remove-route', 'withdraw-tenant'])
  expect(await views.get(operationId)).toMatchObject({ cancellable: true, pointOfNoReturn: 'erase-rows' })
  await perform(operationId, ['erase-rows'])
  await expect(service.cancel(actor, plain, operationId)).rejects.toMatchObject({
    code: 'operation.irreversible',
    status: 409,
    extra: { step: 'erase-rows' },
  })
  expect(await views.get(operationId)).toMatchObject({ cancellable: false, cancelRequestedAt: null })
})

test('a retry asks for the same again, as a new operation, after the features agreed', async () => {
  const place = somewhere()
  const { operationId } = await rig.ask('tenant.update', place, { input: { limits: { burst: 3 } } })
  await close(operationId, 'failed')
  expect(await views.get(operationId)).toMatchObject({ retryable: true, error: { code: 'a.b', message: 'c' } })
  const { body } = await service.retry(actor, plain, operationId)
  expect(body).toMatchObject({ state: 'running', merged: false })
  expect(body.operationId).not.toBe(operationId)
  expect(await views.get(body.operationId)).toMatchObject({
    retryOf: operationId,
    input: { limits: { burst: 3 } },
    requestedBy: actor.operatorId,
    ...place,
  })
  expect(rig.told).toContain(`retry ${operationId}`)
  expect(rig.audited.at(-1)).toMatchObject({
    action: 'operation.retry',
    subject: `operation:${operationId}`,
    operationId: body.operationId,
    stream: `tenant:${place.tenantId}`,
  })
})

test('only what failed or was cancelled is retried, and only the latest of its subject', async () => {
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  await expect(service.retry(actor, plain, first.operationId)).rejects.toMatchObject({
    code: 'operation.not-retryable',
    extra: { state: 'running' },
  })
  await close(first.operationId, 'cancelled')
  const second = await rig.ask('tenant.update', place)
  const superseded = { code: 'operation.superseded', status: 409, extra: { operationId: second.operationId } }
  await expect(service.retry(actor, plain, first.operationId)).rejects.toMatchObject(superseded)
  await close(second.operationId, 'succeeded')
  await expect(service.retry(actor, plain, first.operationId)).rejects.toMatchObject(superseded)
  await expect(service.retry(actor, plain, second.operationId)).rejects.toMatchObject({
    code: 'operation.not-retryable',
    extra: { state: 'succeeded' },
  })
  expect(await views.get(first.operationId)).toMatchObject({ retryable: false })
})

test('a provisioning is not overtaken by what came to nothing behind it: nothing else could repeat it', async () => {
  const place = somewhere()
  const provision = await rig.ask('tenant.provision', place)
  const behind = await rig.ask('tenant.suspend', place)
  await close(provision.operationId, 'failed')
  await expect(service.retry(actor, plain, provision.operationId)).rejects.toMatchObject({
    code: 'operation.superseded',
    extra: { operationId: behind.operationId },
  })
  await close(behind.operationId, 'failed')
  expect(await views.get(provision.operationId)).toMatchObject({ retryable: true })
  const again = await service.retry(actor, plain, provision.operationId)
  await close(again.body.operationId, 'failed')
  await expect(service.retry(actor, plain, provision.operationId)).rejects.toMatchObject({
    code: 'operation.superseded',
    extra: { operationId: again.body.operationId },
  })
})

test('twenty retries at once make one operation', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await close(operationId, 'failed')
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => service.retry(actor, plain, operationId)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of tries)
    if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'operation.superseded' })
})

test('a retry under one Idempotency-Key is answered once and told again', async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await close(operationId, 'failed')
  const key = { key: 'again', fingerprint: operationId }
  const [first, second] = [await service.retry(actor, key, operationId), await service.retry(actor, key, operationId)]
  expect(second).toEqual({ ...first, replayed: true })
})

test('steps come in the order of their kind, pending ones too, and what was undone after them', async () => {
  const { operationId } = await rig.ask('tenant.provision', somewhere())
  await perform(operationId, ['publish-tenant', 'undo-publish-tenant'])
  const { steps, progress } = await views.get(operationId)
  expect(steps.map(({ step, state, attempt }) => [step, state, attempt])).toEqual([
    ['publish-tenant', 'succeeded', 1],
    ['apply-route', 'pending', null],
    ['open-edge', 'pending', null],
    ['probe-serving', 'pending', null],
    ['undo-publish-tenant', 'succeeded', 1],
  ])
  expect(progress).toEqual({ done: 1, total: 4 })
})

test('time remaining: nothing without history, then what past runs took', async () => {
  const kind = 'tenant.resume'
  const steps = ['publish-tenant', 'probe-serving']
  const running = await rig.ask(kind, somewhere())
  expect((await views.get(running.operationId)).timeRemaining).toBeNull()
  for (let n = 0; n < 3; n++) {
    const { operationId } = await rig.ask(kind, somewhere())
    await perform(operationId, steps)
    await close(operationId, 'succeeded')
    await rig.rows(
      `update operation_steps set started_at = finished_at - interval '2 seconds' where operation_id = $1`,
      [operationId],
    )
  }
  expect((await views.get(running.operationId)).timeRemaining).toEqual({ p50Ms: 4000, p95Ms: 4000 })
  await perform(running.operationId, ['publish-tenant'])
  expect((await views.get(running.operationId)).timeRemaining).toEqual({ p50Ms: 2000, p95Ms: 2000 })
  await close(running.operationId, 'succeeded')
  expect((await views.get(running.operationId)).timeRemaining).toBeNull()
})

test('the list: newest first, by page, by every filter', async () => {
  const place = somewhere()
  const asked = [
    await rig.ask('tenant.suspend', place),
    await rig.ask('tenant.resume', place),
    await rig.ask('tenant.update', place),
  ]
  const ids = asked.map(({ operationId }) => operationId).toReversed()
  const [tenant, unit] = [place.tenantId, place.unitId]
  const first = await views.list({ tenant, limit: 2 })
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2))
  expect(first.items[0]).toMatchObject({ behind: asked[1]?.operationId, progress: { done: 0, total: 2 } })
  const second = await views.list({
    tenant,
    limit: 2,
    ...(first.nextCursor === null ? {} : { cursor: first.nextCursor }),
  })
  expect(second).toMatchObject({ items: [{ id: ids[2], behind: null }], nextCursor: null })
  expect((await views.list({ unit, state: 'queued' })).items).toHaveLength(2)
  expect((await views.list({ unit, kind: 'tenant.resume' })).items).toHaveLength(1)
  expect((await views.list({ unit, since: new Date(Date.now() + 60_000).toISOString() })).items).toEqual([])
  await expect(views.list({ unit, cursor: first.nextCursor ?? '' })).rejects.toMatchObject({ code: 'cursor.invalid' })
})
