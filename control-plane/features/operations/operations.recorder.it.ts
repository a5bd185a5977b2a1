import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { stepsStore } from './operations.steps-store.ts'

let rig: OperationsRig
beforeAll(async () => {
  rig = await operationsRig()
})
afterAll(() => rig.close())

const running = async () => {
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  return { operationId, epoch: await rig.epoch(operationId) }
}
const steps = (id: string) =>
  rig.rows(
    `select step, attempt, state, error_code as error, lease_until > now() as leased from operation_steps where operation_id = $1 order by started_at, attempt`,
    [id],
  )
const events = (id: string) =>
  rig.rows('select sequence::int, type, data from operation_events where operation_id = $1 order by sequence', [id])
const alive = async (operationId: string) =>
  (await rig.worker.transaction((tx) => tx.one(stepsStore.anyAlive, operationId))).alive

test('a step from its start to its end, as subscribers see it', async () => {
  const operation = await running()
  const step = { ...operation, step: 'publish-tenant', attempt: 1 }
  await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
  expect(await steps(operation.operationId)).toEqual([
    { step: 'publish-tenant', attempt: 1, state: 'running', error: null, leased: true },
  ])
  await rig.recorder.stepFinished(step)
  await rig.recorder.stepFinished(step)
  expect(await steps(operation.operationId)).toMatchObject([{ state: 'succeeded', leased: false }])
  const title = 'Publish the suspension to every pod of its unit'
  expect(await events(operation.operationId)).toEqual([
    { sequence: 1, type: 'operation.running', data: {} },
    { sequence: 2, type: 'step.running', data: { step: 'publish-tenant', title, attempt: 1 } },
    { sequence: 3, type: 'step.succeeded', data: { step: 'publish-tenant', title, attempt: 1 } },
  ])
})

test('a failed attempt says why, without the secrets in its message', async () => {
  const operation = await running()
  const step = { ...operation, step: 'undo-something', attempt: 1 }
  await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
  await rig.recorder.stepFinished({ ...step, error: { code: 'a.b', message: 'postgres://u:secret@h' } })
  const error = { code: 'a.b', message: 'postgres://u:[redacted]@h' }
  expect((await events(operation.operationId)).at(-1)).toMatchObject({
    type: 'step.failed',
    data: { title: 'undo-something', error },
  })
})

test('heartbeats renew the lease; without them it runs out', async () => {
  const operation = await running()
  const step = { ...operation, step: 'publish-tenant', attempt: 1 }
  await rig.recorder.stepStarted({ ...step, leaseMs: 1 })
  await expect.poll(() => alive(operation.operationId)).toBe(false)
  await rig.recorder.stepBeat({ ...step, leaseMs: 60_000 })
  expect(await alive(operation.operationId)).toBe(true)
})

test('the next attempt supersedes one that fell silent, whose lease stays', async () => {
  const operation = await running()
  const first = { ...operation, step: 'publish-tenant', attempt: 1 }
  const second = { ...first, attempt: 2 }
  await rig.recorder.stepStarted({ ...first, leaseMs: 60_000 })
  await rig.recorder.stepStarted({ ...second, leaseMs: 60_000 })
  await rig.recorder.stepFinished(second)
  expect(await steps(operation.operationId)).toMatchObject([
    { attempt: 1, state: 'failed', error: 'step.superseded', leased: true },
    { attempt: 2, state: 'succeeded', leased: false },
  ])
  await expect(rig.recorder.stepBeat({ ...first, leaseMs: 60_000 })).rejects.toMatchObject({
    code: 'operation.settled',
  })
})

test('nothing is begun, renewed or effected for an operation that is settled or has another epoch', async () => {
  const operation = await running()
  const step = { ...operation, step: 'publish-tenant', attempt: 1 }
  const foreign = { ...step, epoch: step.epoch + 1 }
  const settled = { code: 'operation.settled', retryable: false }
  await expect(rig.recorder.stepStarted({ ...foreign, leaseMs: 1 })).rejects.toMatchObject(settled)
  await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
  await expect(rig.recorder.stepBeat({ ...foreign, leaseMs: 1 })).rejects.toMatchObject(settled)
  await rig.worker.transaction((tx) => rig.recorder.assertCurrent(tx, operation))
  await rig.recorder.close({ ...operation, outcome: 'cancelled' })
  await expect(rig.worker.transaction((tx) => rig.recorder.assertCurrent(tx, operation))).rejects.toMatchObject(settled)
  await expect(rig.recorder.stepStarted({ ...step, attempt: 2, leaseMs: 1 })).rejects.toMatchObject(settled)
  await expect(rig.recorder.stepBeat({ ...step, leaseMs: 1 })).rejects.toMatchObject(settled)
  await rig.recorder.stepFinished(step) // too late to be told to anyone
  expect(await steps(operation.operationId)).toMatchObject([{ state: 'failed', error: 'step.unfinished' }])
  expect((await events(operation.operationId)).at(-1)).toMatchObject({ type: 'operation.cancelled' })
})

test('an effect in its transaction holds the operation open; steps, events and cancels go on beside it', async () => {
  const operation = await running()
  const order: string[] = []
  let closing: Promise<void> | undefined
  await rig.worker.transaction(async (tx) => {
    await rig.recorder.assertCurrent(tx, operation)
    await rig.recorder.stepStarted({ ...operation, step: 'publish-tenant', attempt: 1, leaseMs: 60_000 })
    closing = rig.recorder.close({ ...operation, outcome: 'succeeded' }).then(() => void order.push('closed'))
    await expect
      .poll(() => rig.rows(`select 1 from pg_locks where not granted and locktype = 'transactionid'`))
      .not.toEqual([]) // it waits for us
    order.push('effect')
  })
  await closing
  expect(order).toEqual(['effect', 'closed'])
})

test('event numbers have no gap and no double under fifty reporters at once', async () => {
  const operation = await running()
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const step = { ...operation, step: `step-${n}`, attempt: 1 }
      await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
      await rig.recorder.stepFinished(step)
    }),
  )
  await rig.recorder.close({ ...operation, outcome: 'succeeded' })
  const numbers = (await events(operation.operationId)).map(({ sequence }) => sequence)
  expect(numbers).toEqual(Array.from({ length: 102 }, (_, n) => n + 1))
})

test('a member sees the operations of its own tenant and no other’s, nor what belongs to none', async () => {
  const [mine, other] = [somewhere(), somewhere()]
  const own = await rig.ask('tenant.update', mine)
  await rig.ask('tenant.update', other)
  await rig.ask('cell.create', { unitId: somewhere().unitId })
  const { query } = await import('../../platform/query.ts')
  const { sql } = await import('../../platform/sql.ts')
  const { default: Type } = await import('typebox')
  const seen = query({
    name: 'test.seen',
    row: Type.Object({ id: Type.String() }),
    sample: [],
    sql: () => sql`select id from operations`,
  })
  const told = query({
    name: 'test.told',
    row: Type.Object({ id: Type.String() }),
    sample: [],
    sql: () => sql`select distinct operation_id as id from operation_events`,
  })
  const tenantId = mine.tenantId
  expect(await rig.member.transaction((tx) => tx.all(seen), { tenantId })).toEqual([{ id: own.operationId }])
  expect(await rig.member.transaction((tx) => tx.all(told), { tenantId })).toEqual([{ id: own.operationId }])
  expect(await rig.member.transaction((tx) => tx.all(seen))).toEqual([])
  expect((await rig.operator.transaction((tx) => tx.all(seen))).length).toBeGreaterThan(2)
})
