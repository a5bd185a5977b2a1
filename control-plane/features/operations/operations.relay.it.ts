import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { engineSuite } from '../../../test/support/operation-engine-suite.ts'
import { fakeEngine, fakeLog, operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { newId } from '../../platform/ids.ts'
import { relayRound, startOperationsRelay } from './operations.relay.ts'
import { sweep } from './operations.sweeper.ts'

let rig: OperationsRig
beforeAll(async () => {
  rig = await operationsRig({ max: 20 })
})
afterAll(() => rig.close())

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})
const relay = async (engine = fakeEngine(), log = fakeLog()) => {
  const deps = { ...rig, database: rig.operator, engine, logger: log.logger }
  const running = await startOperationsRelay(deps)
  stops.push(running.stop)
  return { engine, log, deps, stop: running.stop }
}
const cancel = (id: string) =>
  rig.rows(
    `with o as (update operations set cancel_requested_at = now() where id = $1) select pg_notify('operations', '')`,
    [id],
  )
const delivered = async (id: string) =>
  (await rig.rows('select delivered_at from operations where id = $1', [id]))[0]?.['delivered_at'] !== null

describe('the engine in memory', () => {
  engineSuite(() => {
    const engine = fakeEngine()
    const end = async (id: string) => {
      const workflow = engine.workflows.get(id)
      if (workflow) workflow.ended = true
    }
    return { engine, end, starts: async (id) => (engine.workflows.has(id) ? 1 : 0) }
  })
})

test('what is admitted is started with ids and its epoch only, and marked', async () => {
  const { engine } = await relay()
  const place = somewhere()
  const { operationId } = await rig.ask('tenant.provision', place, { input: { notes: 'not for the workflow' } })
  await expect.poll(() => delivered(operationId)).toBe(true)
  const { cancelled, ended, ...input } = engine.workflows.get(operationId) ?? {}
  expect({ cancelled, ended }).toEqual({ cancelled: 0, ended: false })
  const epoch = await rig.epoch(operationId)
  expect(input).toEqual({ operationId, epoch, kind: 'tenant.provision', unitKind: 'cell', ...place })
})

test('what waits is started when its turn has come', async () => {
  const { engine } = await relay()
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  const second = await rig.ask('tenant.resume', place)
  await expect.poll(() => delivered(first.operationId)).toBe(true)
  expect(engine.workflows.has(second.operationId)).toBe(false)
  await rig.recorder.close({ ...first, epoch: await rig.epoch(first.operationId), outcome: 'succeeded' })
  await expect.poll(() => delivered(second.operationId)).toBe(true)
})

test('a crash between close and promotion is healed by any relay', async () => {
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  const second = await rig.ask('tenant.resume', place)
  // As a worker leaves it that dies right after the commit of its close.
  await rig.rows(
    `with c as (delete from operation_claims where operation_id = $1) update operations set state = 'succeeded', finished_at = now() where id = $1`,
    [first.operationId],
  )
  expect(await rig.state(second.operationId)).toBe('queued')
  await relay()
  await expect.poll(() => delivered(second.operationId)).toBe(true)
})

test('a crash between the start and its mark: started again, which is the same workflow', async () => {
  const { engine, stop } = await relay()
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await expect.poll(() => delivered(operationId)).toBe(true)
  await stop()
  await rig.rows('update operations set delivered_at = null where id = $1', [operationId])
  await relay(engine)
  await expect.poll(() => delivered(operationId)).toBe(true)
})

test('three relays at once: each operation is started, each told to stop once it should', async () => {
  const engine = fakeEngine()
  await Promise.all([relay(engine), relay(engine), relay(engine)])
  const asked = await Promise.all(Array.from({ length: 60 }, () => rig.ask('tenant.suspend', somewhere())))
  await expect
    .poll(async () => (await Promise.all(asked.map(({ operationId }) => delivered(operationId)))).every(Boolean))
    .toBe(true)
  expect(engine.workflows.size).toBeGreaterThanOrEqual(60)
})

test('a cancel is told to the workflow; a queued one is closed without ever having had one', async () => {
  const { engine } = await relay()
  const place = somewhere()
  const first = await rig.ask('tenant.suspend', place)
  const second = await rig.ask('tenant.resume', place)
  const third = await rig.ask('tenant.update', place)
  await cancel(second.operationId)
  await expect.poll(() => rig.state(second.operationId)).toBe('cancelled')
  expect(engine.workflows.has(second.operationId)).toBe(false)
  expect(rig.told).toContain(`cancelled ${second.operationId}`)
  expect(await rig.state(third.operationId)).toBe('queued')
  await cancel(first.operationId)
  await expect.poll(() => engine.workflows.get(first.operationId)?.cancelled).toBe(1)
  expect(await rig.state(first.operationId)).toBe('running') // until its workflow has taken back what it did
})

test('a decommission that pre-empts runs as soon as its victim has closed', async () => {
  const { engine } = await relay()
  const place = somewhere()
  const victim = await rig.ask('tenant.provision', place)
  const leaving = await rig.ask('tenant.decommission', place)
  await expect.poll(() => engine.workflows.get(victim.operationId)?.cancelled).toBe(1)
  await rig.recorder.close({ ...victim, epoch: await rig.epoch(victim.operationId), outcome: 'cancelled' })
  await expect.poll(() => engine.workflows.has(leaving.operationId)).toBe(true)
})

test('while the engine is down it tries on and says so once; queued work is still promoted and closed', async () => {
  const engine = fakeEngine()
  engine.down = true
  const { log, deps } = await relay(engine)
  const place = somewhere()
  const { operationId } = await rig.ask('tenant.suspend', place)
  const queued = await rig.ask('tenant.resume', place)
  await cancel(queued.operationId)
  await expect.poll(() => rig.state(queued.operationId)).toBe('cancelled')
  for (let n = 0; n < 3; n++) await expect(relayRound(deps)).rejects.toThrow('down')
  expect(await delivered(operationId)).toBe(false)
  engine.down = false
  await expect.poll(() => delivered(operationId), { timeout: 15_000 }).toBe(true)
  await expect
    .poll(() => log.lines.map(({ event }) => event))
    .toEqual(['operations.relay-failing', 'operations.relay-recovered'])
})

describe('the sweeper', () => {
  const setup = async () => {
    const { engine, deps, stop } = await relay()
    const place = somewhere()
    const { operationId } = await rig.ask('tenant.suspend', place)
    await expect.poll(() => delivered(operationId)).toBe(true)
    await stop()
    const step = { operationId, epoch: await rig.epoch(operationId), step: 'publish-tenant', attempt: 1 }
    return { engine, deps, place, operationId, step }
  }

  test('leaves alone whose workflow is at work', async () => {
    const { deps, operationId } = await setup()
    expect(await sweep(deps, 0)).not.toContain(operationId)
    expect(await rig.state(operationId)).toBe('running')
  })

  test('settles a lost one only after every lease has run out, and lets in what waited', async () => {
    const { engine, deps, operationId, step, place } = await setup()
    const next = await rig.ask('tenant.resume', place)
    await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
    engine.workflows.clear()
    expect(await sweep(deps, 0)).not.toContain(operationId)
    expect(await rig.rows('select 1 from operation_claims where operation_id = $1', [operationId])).toHaveLength(2)
    await rig.recorder.stepFinished(step)
    await rig.recorder.stepStarted({ ...step, attempt: 2, leaseMs: 1 })
    await expect.poll(async () => (await sweep(deps, 0)).includes(operationId)).toBe(true)
    expect(await rig.rows('select state, error_code from operations where id = $1', [operationId])).toEqual([
      { state: 'failed', error_code: 'operation.lost' },
    ])
    expect(await rig.state(next.operationId)).toBe('running')
    await expect(rig.recorder.stepBeat({ ...step, attempt: 2, leaseMs: 1 })).rejects.toMatchObject({
      code: 'operation.settled',
    })
  })

  test('a lease taken while it looked keeps the claims', async () => {
    const { engine, deps, operationId, step } = await setup()
    const late = { ...engine, look: async () => {
      await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
      return 'gone' as const
    } } // prettier-ignore
    const lost = await sweep(
      { ...deps, engine: { ...late, look: async (id) => (id === operationId ? late.look() : 'running') } },
      0,
    )
    expect(lost).not.toContain(operationId)
    expect(await rig.state(operationId)).toBe('running')
  })

  test('a crash between admission and delivery is no loss', async () => {
    const { operationId } = await rig.ask('tenant.suspend', { tenantId: newId(), unitId: newId() })
    const { logger } = fakeLog()
    await sweep({ database: rig.operator, engine: fakeEngine(), hooks: rig.hooks, logger }, 0)
    expect(await rig.state(operationId)).toBe('running')
  })

  test('two sweepers settle it once', async () => {
    const { engine, deps, operationId } = await setup()
    engine.workflows.clear()
    const found = await Promise.all([sweep(deps, 0), sweep(deps, 0), sweep(deps, 0)])
    expect(found.flat().filter((id) => id === operationId)).toHaveLength(1)
    expect(rig.told.filter((line) => line === `failed ${operationId}`)).toHaveLength(1)
  })
})
