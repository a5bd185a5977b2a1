import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { APPROVAL_MS } from '../../../test/support/api.ts'
import { fakeEngine, fakeLog, operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { verbsOf } from '../../domain/access.ts'
import type { Actor } from '../../platform/auth.ts'
import { newId } from '../../platform/ids.ts'
import { operationsService, type OperationsService } from './operations.service.ts'
import { relayRound, type RelayDeps } from './operations.relay.ts'

const plain = { key: undefined, fingerprint: '' }
const person = (name: string): Actor => ({
  operatorId: newId(),
  name,
  role: 'administrator',
  verbs: verbsOf('administrator'),
  tokenId: newId(),
  credential: 'token',
  expiresAt: null,
  requestId: `request-of-${name}`,
})
const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')]

let rig: OperationsRig
let service: OperationsService
let relay: RelayDeps
beforeAll(async () => {
  rig = await operationsRig({ max: 20 })
  service = operationsService({ ...rig, database: rig.operator, approvalMs: APPROVAL_MS })
  relay = { ...rig, database: rig.operator, engine: fakeEngine(), logger: fakeLog().logger }
})
beforeEach(() => rig.clock.moveTo(undefined))
afterAll(() => rig.close())

type Place = { tenantId: string; unitId: string }
const decommission = (place: Place, by: Actor = ada) =>
  rig.ask('tenant.decommission', place, {
    approval: 'second-operator',
    requestedBy: by.operatorId,
    input: { generation: 7 },
  })
const row = async (id: string) => (await rig.rows('select * from operations where id = $1', [id]))[0] ?? {}
const decision = async (id: string) =>
  (await rig.rows('select decision, reason from operation_approvals where operation_id = $1', [id]))[0]
const events = async (id: string) =>
  (await rig.rows('select type from operation_events where operation_id = $1 order by sequence', [id])).map(
    ({ type }) => type,
  )
const claims = (id: string) => rig.rows('select subject from operation_claims where operation_id = $1', [id])
const condition = async ({ tenantId }: Place) =>
  (
    await rig.rows(`select status, reason from conditions where subject = $1 and type = 'WaitingForApproval'`, [
      `tenant:${tenantId}`,
    ])
  )[0]
const audited = (id: string) =>
  rig.audited
    .filter(({ operationId }) => operationId === id)
    .map(({ action, actor }) => [action, actor?.operatorId ?? null])
const close = async (id: string, outcome: 'succeeded' | 'cancelled' = 'succeeded') =>
  rig.recorder.close({ operationId: id, epoch: await rig.epoch(id), outcome })

describe('while it waits', () => {
  test('it holds nothing, stands in nobody’s way, and says so', async () => {
    const place = somewhere()
    const asked = await decommission(place)
    expect(asked).toMatchObject({ state: 'waiting', merged: false })
    expect(await row(asked.operationId)).toMatchObject({ state: 'waiting', epoch: null, admitted_at: null })
    expect(await claims(asked.operationId)).toEqual([])
    expect(await condition(place)).toEqual({ status: 'true', reason: 'SecondOperator' })
    const other = await rig.ask('tenant.suspend', place)
    expect(other.state).toBe('running')
    expect(rig.told).not.toContain(`admitted ${asked.operationId}`)
    await relayRound(relay)
    expect(await row(asked.operationId)).toMatchObject({ state: 'waiting' })
  })

  test('the same wish again is the one that waits, whoever has it', async () => {
    const place = somewhere()
    const first = await decommission(place)
    expect(await decommission(place)).toEqual({ ...first, merged: true })
    expect(await decommission(place, bob)).toEqual({ ...first, merged: true })
    const many = await Promise.all(Array.from({ length: 20 }, () => decommission(place)))
    expect(new Set(many.map(({ operationId }) => operationId))).toEqual(new Set([first.operationId]))
    expect((await decommission(somewhere())).operationId).not.toBe(first.operationId)
  })

  test('twenty at once on a fresh tenant wait once', async () => {
    const place = somewhere()
    const many = await Promise.all(Array.from({ length: 20 }, () => decommission(place)))
    expect(new Set(many.map(({ operationId }) => operationId)).size).toBe(1)
    expect(many.filter(({ merged }) => !merged)).toHaveLength(1)
  })

  test('what is refused at once is not kept waiting', async () => {
    const place = somewhere()
    const { operationId } = await rig.ask('cell.retire', { unitId: place.unitId })
    await expect(decommission(place)).rejects.toMatchObject({ code: 'operation.conflict' })
    await close(operationId)
  })

  test('a cancel ends it without a workflow', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    expect((await service.cancel(ada, plain, operationId)).body).toMatchObject({ state: 'waiting', merged: false })
    await expect(service.approve(bob, plain, operationId)).rejects.toMatchObject({ code: 'approval.withdrawn' })
    expect((await decommission(place)).operationId).not.toBe(operationId)
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'cancelled', error_code: null })
    expect(rig.told).not.toContain(`cancelled ${operationId}`)
  })
})

describe('an approval', () => {
  test('lets it run as it was asked for', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    const answer = await service.approve(bob, plain, operationId)
    expect(answer).toMatchObject({ status: 202, body: { operationId, state: 'waiting', merged: false } })
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({
      state: 'running',
      input: { generation: 7 },
      kind: 'tenant.decommission',
    })
    expect(await claims(operationId)).toHaveLength(2)
    expect(await events(operationId)).toEqual(['operation.waiting', 'operation.approved', 'operation.running'])
    expect(await condition(place)).toEqual({ status: 'false', reason: 'Approved' })
    expect(audited(operationId)).toEqual([['operation.approve', bob.operatorId]])
    expect(rig.told.filter((line) => line.endsWith(operationId))).toEqual([
      `retry ${operationId}`,
      `admitted ${operationId}`,
    ])
    await close(operationId)
  })

  test('of the one who asked is refused, before and after somebody else has decided', async () => {
    const { operationId } = await decommission(somewhere())
    const mine = { code: 'approval.same-operator', status: 403 }
    await expect(service.approve(ada, plain, operationId)).rejects.toMatchObject(mine)
    await expect(service.reject(ada, plain, operationId, 'no')).rejects.toMatchObject(mine)
    expect(await events(operationId)).toEqual(['operation.waiting'])
    await service.approve(bob, plain, operationId)
    await expect(service.approve(ada, plain, operationId)).rejects.toMatchObject(mine)
    expect(audited(operationId)).toHaveLength(1)
  })

  test('fifty approvers at once are one event, one audit entry and one start', async () => {
    const { operationId } = await decommission(somewhere())
    const approvers = Array.from({ length: 50 }, (_, index) => person(`approver-${index}`))
    const answers = await Promise.all(approvers.map((one) => service.approve(one, plain, operationId)))
    expect(answers.filter(({ body }) => !body.merged)).toHaveLength(1)
    await Promise.all([relayRound(relay), relayRound(relay), relayRound(relay)])
    expect(await events(operationId)).toEqual(['operation.waiting', 'operation.approved', 'operation.running'])
    expect(audited(operationId)).toHaveLength(1)
    expect(await row(operationId)).toMatchObject({ state: 'running' })
  })

  test('and a rejection at once: one of them stands', async () => {
    for (let round = 0; round < 10; round++) {
      const { operationId } = await decommission(somewhere())
      const [approved, rejected] = await Promise.allSettled([
        service.approve(bob, plain, operationId),
        service.reject(eve, plain, operationId, 'not now'),
      ])
      expect([approved.status, rejected.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      await relayRound(relay)
      expect(await row(operationId)).toMatchObject({ state: approved.status === 'fulfilled' ? 'running' : 'cancelled' })
    }
  })

  test('queues it behind what was admitted while it waited, at the end of the line', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    const suspension = await rig.ask('tenant.suspend', place)
    await service.approve(bob, plain, operationId)
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'queued', behind: suspension.operationId })
    await close(suspension.operationId)
    expect(await row(operationId)).toMatchObject({ state: 'running' })
  })

  test('stops what it pre-empts only now', async () => {
    const place = somewhere()
    const provision = await rig.ask('tenant.provision', place)
    const { operationId } = await decommission(place)
    expect(await row(provision.operationId)).toMatchObject({ cancel_requested_at: null })
    await service.approve(bob, plain, operationId)
    await relayRound(relay)
    expect(await row(provision.operationId)).toMatchObject({ cancel_requested_at: expect.any(Date) })
    expect(await row(operationId)).toMatchObject({ state: 'queued' })
  })

  test('of what cannot be done any more fails with the reason', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    const retire = await rig.ask('cell.retire', { unitId: place.unitId })
    await service.approve(bob, plain, operationId)
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'failed', error_code: 'operation.conflict' })
    expect(await condition(place)).toEqual({ status: 'false', reason: 'Refused' })
    await close(retire.operationId)
  })

  test('of what another operation does meanwhile ends as superseded', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    const unasked = await rig.ask('tenant.decommission', place) // its plan asks nobody any more
    await service.approve(bob, plain, operationId)
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'failed', error_code: 'operation.superseded' })
    expect(await row(unasked.operationId)).toMatchObject({ state: 'running' })
  })

  test('is not asked of what needs none', async () => {
    const { operationId } = await rig.ask('tenant.suspend', somewhere())
    await expect(service.approve(bob, plain, operationId)).rejects.toMatchObject({
      code: 'approval.not-needed',
      status: 409,
    })
    await expect(service.approve(bob, plain, newId())).rejects.toMatchObject({
      code: 'operation.not-found',
      status: 404,
    })
  })

  test('under one key is given once', async () => {
    const { operationId } = await decommission(somewhere())
    const key = { key: newId(), fingerprint: 'approve' }
    const [first, again] = [await service.approve(bob, key, operationId), await service.approve(bob, key, operationId)]
    expect([first.replayed, again.replayed, again.body]).toEqual([false, true, first.body])
  })
})

describe('no approval', () => {
  test('a rejection closes it with the reason', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    await service.reject(bob, plain, operationId, 'the contract runs on')
    await expect(service.approve(eve, plain, operationId)).rejects.toMatchObject({ code: 'approval.rejected' })
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'cancelled', error_code: 'approval.rejected' })
    expect((await row(operationId))['error_message']).toContain('the contract runs on')
    expect(await events(operationId)).toEqual(['operation.waiting', 'operation.rejected', 'operation.cancelled'])
    expect(await condition(place)).toEqual({ status: 'false', reason: 'Rejected' })
    expect(audited(operationId)).toEqual([['operation.reject', bob.operatorId]])
  })

  test('it runs out by the clock, once, whoever looks', async () => {
    const place = somewhere()
    const { operationId } = await decommission(place)
    rig.clock.moveTo(new Date(Date.now() + APPROVAL_MS - 60_000))
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'waiting' })
    rig.clock.moveTo(new Date(Date.now() + APPROVAL_MS + 60_000))
    await expect(service.approve(bob, plain, operationId)).rejects.toMatchObject({
      code: 'approval.expired',
      status: 409,
    })
    expect((await decommission(place)).operationId).not.toBe(operationId)
    await Promise.all([relayRound(relay), relayRound(relay), relayRound(relay)])
    expect(await row(operationId)).toMatchObject({ state: 'cancelled', error_code: 'approval.expired' })
    expect(await decision(operationId)).toMatchObject({ decision: 'expired' })
    expect(await events(operationId)).toEqual(['operation.waiting', 'operation.expired', 'operation.cancelled'])
    expect(audited(operationId)).toEqual([['operation.expire', null]])
  })

  test('approved in time it runs, even when it is delivered late', async () => {
    const { operationId } = await decommission(somewhere())
    await service.approve(bob, plain, operationId)
    rig.clock.moveTo(new Date(Date.now() + 2 * APPROVAL_MS))
    await relayRound(relay)
    expect(await row(operationId)).toMatchObject({ state: 'running' })
  })
})

describe('a retry', () => {
  test('of what was approved runs at once', async () => {
    const { operationId } = await decommission(somewhere())
    await service.approve(bob, plain, operationId)
    await relayRound(relay)
    await close(operationId, 'cancelled')
    const again = await service.retry(ada, plain, operationId)
    expect(again.body).toMatchObject({ state: 'running' })
  })

  test('of what was rejected waits again', async () => {
    const { operationId } = await decommission(somewhere())
    await service.reject(bob, plain, operationId, 'no')
    await relayRound(relay)
    const again = await service.retry(ada, plain, operationId)
    expect(again.body).toMatchObject({ state: 'waiting', merged: false })
    await expect(service.approve(ada, plain, again.body.operationId)).rejects.toMatchObject({
      code: 'approval.same-operator',
    })
  })

  test('of something else is not overtaken by what only waits', async () => {
    const place = somewhere()
    const update = await rig.ask('tenant.update', place)
    await close(update.operationId, 'cancelled')
    await decommission(place)
    expect((await service.retry(ada, plain, update.operationId)).body).toMatchObject({ state: 'running' })
  })
})
