import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { reportCondition } from '../../platform/conditions.ts'
import { newId } from '../../platform/ids.ts'
import { closeOperation } from './operations.close.ts'
import { promote } from './operations.promoter.ts'

let rig: OperationsRig
beforeAll(async () => {
  rig = await operationsRig({ max: 20 })
})
afterAll(() => rig.close())

const running = async (place = somewhere()) => {
  const { operationId } = await rig.ask('tenant.update', place)
  return { operationId, epoch: await rig.epoch(operationId) }
}
const noClaims = async (id: string) =>
  expect(await rig.rows('select 1 from operation_claims where operation_id = $1', [id])).toEqual([])

test('closing releases the claims, tells the hooks once and admits the next in line', async () => {
  const place = somewhere()
  const first = await running(place)
  const [second, third] = [await rig.ask('tenant.suspend', place), await rig.ask('tenant.resume', place)]
  await rig.recorder.close({ ...first, outcome: 'succeeded' })
  expect(await Promise.all([first, second, third].map(({ operationId }) => rig.state(operationId)))).toEqual([
    'succeeded',
    'running',
    'queued',
  ])
  await noClaims(first.operationId)
  expect(await rig.epoch(second.operationId)).toBeGreaterThan(first.epoch)
  await rig.recorder.close({ ...first, outcome: 'succeeded' })
  expect(rig.told.filter((line) => line === `succeeded ${first.operationId}`)).toHaveLength(1)
  expect(rig.told.filter((line) => line === `admitted ${second.operationId}`)).toHaveLength(1)
})

test('what ended one way does not end another way, and nothing ends under a foreign epoch', async () => {
  const first = await running()
  await expect(rig.recorder.close({ ...first, epoch: first.epoch + 1, outcome: 'failed' })).rejects.toMatchObject({
    code: 'operation.settled',
  })
  expect(await rig.state(first.operationId)).toBe('running')
  await rig.recorder.close({
    ...first,
    outcome: 'failed',
    error: { code: 'x.y', message: 'at postgres://u:secret@h/d' },
  })
  await expect(rig.recorder.close({ ...first, outcome: 'succeeded' })).rejects.toMatchObject({
    code: 'operation.settled',
    retryable: false,
  })
  const [row] = await rig.rows('select error_code, error_message from operations where id = $1', [first.operationId])
  expect(row).toEqual({ error_code: 'x.y', error_message: 'at postgres://u:[redacted]@h/d' })
  await expect(rig.recorder.close({ operationId: newId(), epoch: 1, outcome: 'failed' })).rejects.toMatchObject({
    code: 'operation.not-found',
  })
})

test('a NUL in the message of a fault, which PostgreSQL refuses, keeps neither step, operation nor condition from its end', async () => {
  const first = await running()
  const error = { code: 'x.y', message: 'a\0b' }
  const step = { ...first, step: 'apply-tenant', attempt: 1 }
  await rig.recorder.stepStarted({ ...step, leaseMs: 10_000 })
  await rig.recorder.stepFinished({ ...step, error })
  await rig.recorder.close({ ...first, outcome: 'failed', error })
  for (const table of ['operations o where o.id', 'operation_steps s where s.operation_id'])
    expect(await rig.rows(`select error_message from ${table} = $1`, [first.operationId])).toEqual([
      { error_message: 'a\uFFFDb' },
    ])
  const seen = { type: 'Ready', status: 'false', reason: 'Failed', message: 'a\0b', observedGeneration: 1 } as const
  const subject = `unit:${newId()}` as const
  await rig.worker.transaction((tx) => reportCondition(tx, { ...seen, subject, tenantId: null }))
  expect(await rig.rows('select message from conditions where subject = $1', [subject])).toEqual([
    { message: 'a\uFFFDb' },
  ])
})

test('hooks that fail keep the operation open: state and its consequences change together', async () => {
  const first = await running()
  const failing = { ...rig.hooks, onClosed: () => Promise.reject(new Error('planted')) }
  const closing = { ...first, outcome: 'succeeded' } as const
  await expect(closeOperation({ database: rig.worker, hooks: failing, onError: () => {} }, closing)).rejects.toThrow(
    'planted',
  )
  expect(await rig.state(first.operationId)).toBe('running')
  await rig.recorder.close(closing)
  expect(await rig.state(first.operationId)).toBe('succeeded')
})

test('a promotion that fails does not take the close back; the next promotion makes up for it', async () => {
  const place = somewhere()
  const first = await running(place)
  const second = await rig.ask('tenant.suspend', place)
  const faults: unknown[] = []
  const failing = { ...rig.hooks, onAdmitted: () => Promise.reject(new Error('planted')) }
  await closeOperation(
    { database: rig.worker, hooks: failing, onError: (error) => faults.push(error) },
    { ...first, outcome: 'succeeded' },
  )
  expect(faults).toMatchObject([{ message: 'planted' }])
  expect([await rig.state(first.operationId), await rig.state(second.operationId)]).toEqual(['succeeded', 'queued'])
  expect(await promote(rig.operator, rig.hooks)).toBe(1)
  expect(await rig.state(second.operationId)).toBe('running')
})

test('ten promoters at once admit each operation once', async () => {
  const places = Array.from({ length: 20 }, somewhere)
  const firsts = await Promise.all(places.map((place) => running(place)))
  const seconds = await Promise.all(places.map((place) => rig.ask('tenant.suspend', place)))
  const hooks = { ...rig.hooks, onAdmitted: () => Promise.reject(new Error('planted crash')) }
  await Promise.all(
    firsts.map((first) =>
      closeOperation({ database: rig.worker, hooks, onError: () => {} }, { ...first, outcome: 'succeeded' }),
    ),
  )
  const admitted = await Promise.all(
    Array.from({ length: 10 }, (_, n) => promote(n % 2 ? rig.operator : rig.worker, rig.hooks)),
  )
  expect(admitted.reduce((sum, n) => sum + n, 0)).toBe(20)
  for (const { operationId } of seconds)
    expect(rig.told.filter((line) => line === `admitted ${operationId}`)).toHaveLength(1)
})

test('a queue of fifty runs one after the other in its order, whatever closes and promotes at once', async () => {
  const place = somewhere()
  const ids = new Set<string>()
  for (let n = 0; n < 50; n++) ids.add((await rig.ask('tenant.update', place)).operationId)
  const order: string[] = []
  while (order.length < 50) {
    const now = await rig.rows(`select id, epoch from operations where tenant_id = $1 and state = 'running'`, [
      place.tenantId,
    ])
    expect(now).toHaveLength(1)
    const closing = {
      operationId: String(now[0]?.['id']),
      epoch: Number(now[0]?.['epoch']),
      outcome: 'succeeded',
    } as const
    order.push(closing.operationId)
    await Promise.all([
      rig.recorder.close(closing),
      rig.recorder.close(closing),
      promote(rig.operator, rig.hooks),
      promote(rig.worker, rig.hooks),
    ])
  }
  expect(order).toEqual([...ids])
})

test('asking, closing and promoting at once on a few tenants: everything ends, never two beside each other', async () => {
  const unitId = newId()
  const tenants = Array.from({ length: 4 }, () => newId())
  const kinds = ['tenant.update', 'tenant.suspend', 'tenant.resume'] as const
  const asked = Array.from({ length: 120 }, (_, n) => ({
    kind: kinds[n % 3] ?? 'tenant.update',
    tenantId: tenants[n % 4] ?? null,
  }))
  const open = () =>
    rig.rows(`select id, epoch, state from operations where unit_id = $1 and finished_at is null`, [unitId])
  const asking = { on: true }
  const closer = async () => {
    for (let rows = await open(); asking.on || rows.length > 0; rows = await open()) {
      const atWork = rows.filter(({ state }) => state === 'running')
      const one = atWork[Math.floor(Math.random() * atWork.length)]
      if (one)
        await rig.recorder.close({ operationId: String(one['id']), epoch: Number(one['epoch']), outcome: 'succeeded' })
      else await promote(rig.worker, rig.hooks)
    }
  }
  const asker = async () => {
    await Promise.all(asked.map(({ kind, tenantId }) => rig.ask(kind, { tenantId, unitId })))
    asking.on = false
  }
  await Promise.all([asker(), closer(), closer(), closer()]) // the exclusion constraint would throw
  const overlaps = await rig.rows(
    `select 1 from operations a join operations b on a.tenant_id = b.tenant_id and a.epoch < b.epoch
      where a.unit_id = $1 and b.admitted_at < a.finished_at and a.sequence > b.sequence`,
    [unitId],
  )
  expect(overlaps).toEqual([]) // epochs rise in the order of the queue
})
