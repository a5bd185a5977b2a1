import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { fakeEngine, fakeLog, operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { conditionGauges, reportCondition } from '../../platform/conditions.ts'
import { observeRows } from '../../platform/row-gauges.ts'
import { createTelemetry, type Telemetry } from '../../platform/telemetry.ts'
import { operationGauges } from './operations.gauges.ts'
import { operationMeters, type OperationObserver } from './operations.meters.ts'
import { operationsRecorder } from './operations.recorder.ts'
import { relayRound, startOperationsRelay } from './operations.relay.ts'
import { sweep } from './operations.sweeper.ts'
import { until } from '../../../test/support/postgres.ts'

let rig: OperationsRig
let telemetry: Telemetry
let observer: OperationObserver
const errors: unknown[] = []
beforeAll(async () => void (rig = await operationsRig()))
afterAll(() => rig.close())
beforeEach(() => {
  telemetry = createTelemetry()
  observer = operationMeters(telemetry.meter)
  observeRows(telemetry.meter, rig.operator, [...operationGauges, ...conditionGauges], (error) => errors.push(error))
})

/** The value of a series, by its name and labels as Prometheus text writes them. */
const value = async (series: string): Promise<number> => {
  const line = (await telemetry.exposition()).split('\n').find((text) => text.startsWith(`${series} `))
  if (line === undefined) throw new Error(`there is no series ${series}`)
  return Number(line.slice(series.length))
}
const engine = fakeEngine()
const deps = () => ({ ...rig, database: rig.operator, engine, logger: fakeLog().logger, observer })

test('what is open, how old it is and what was not delivered are read from rows', async () => {
  const at = somewhere()
  expect(await value('steward_outbox_lag_seconds')).toBe(0)
  expect(await value('steward_operations_oldest_seconds{state="running"}')).toBe(0)
  const first = await rig.ask('tenant.suspend', at)
  await rig.ask('tenant.resume', at)
  await rig.rows(`update operations set admitted_at = now() - interval '90 seconds' where id = $1`, [first.operationId])
  await rig.rows(`update operations set created_at = now() - interval '30 minutes' where state = 'queued'`)
  expect(await value('steward_operations_open{kind="tenant.suspend",state="running"}')).toBe(1)
  expect(await value('steward_operations_open{kind="tenant.resume",state="queued"}')).toBe(1)
  expect(await value('steward_outbox_lag_seconds')).toBeGreaterThanOrEqual(90)
  expect(await value('steward_operations_oldest_seconds{state="running"}')).toBeGreaterThanOrEqual(90)
  expect(await value('steward_operations_oldest_seconds{state="queued"}')).toBeGreaterThanOrEqual(1800)
  expect(await value('steward_operations_oldest_seconds{state="waiting"}')).toBe(0)
  await relayRound(deps())
  expect(await value('steward_outbox_lag_seconds')).toBe(0)
})

test('every end is counted once by kind and outcome, whoever brings it about, and every series begins at 0', async () => {
  const ended = (kind: string, outcome: string) =>
    value(`steward_operations_ended_total{kind="${kind}",outcome="${outcome}"}`)
  expect(await ended('tenant.provision', 'failed')).toBe(0)
  const recorder = operationsRecorder({ database: rig.worker, hooks: rig.hooks, onError: () => {}, observer })
  const { operationId } = await rig.ask('tenant.provision', somewhere())
  const closing = { operationId, epoch: await rig.epoch(operationId), outcome: 'failed' } as const
  await recorder.close(closing)
  await recorder.close(closing)
  expect(await ended('tenant.provision', 'failed')).toBe(1)
  expect(await ended('tenant.provision', 'succeeded')).toBe(0)

  const lost = await rig.ask('tenant.update', somewhere())
  await rig.rows(`update operations set delivered_at = now() - interval '1 hour' where id = $1`, [lost.operationId])
  expect(await sweep(deps())).toEqual([lost.operationId])
  expect(await ended('tenant.update', 'failed')).toBe(1)
})

test('a loop that fails is counted', async () => {
  const failures = () => value('steward_loop_failures_total{loop="relay"}')
  expect(await failures()).toBe(0)
  await rig.ask('tenant.suspend', somewhere())
  const broken = { ...engine, start: () => Promise.reject(new Error('away')) }
  const relay = await startOperationsRelay({ ...deps(), engine: broken })
  await until(async () => expect(await failures()).toBeGreaterThan(1))
  await relay.stop()
})

test('conditions are counted by type and status', async () => {
  const seen = { type: 'Ready', status: 'false', reason: 'R', message: 'M', observedGeneration: 1 } as const
  await rig.operator.transaction(async (tx) => {
    await reportCondition(tx, { ...seen, subject: 'unit:a', tenantId: null })
    await reportCondition(tx, { ...seen, subject: 'tenant:b', tenantId: null })
    await reportCondition(tx, { ...seen, subject: 'unit:c', tenantId: null, status: 'true' })
  })
  expect(await value('steward_conditions{type="Ready",status="false"}')).toBe(2)
})

test('no label names a tenant, and no value is one', async () => {
  const at = somewhere()
  await rig.ask('tenant.suspend', at)
  const text = await telemetry.exposition()
  const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label))
  expect([...labels].toSorted()).toEqual(['kind', 'loop', 'outcome', 'state', 'status', 'type'])
  expect(text).not.toContain(at.tenantId)
  expect(text).not.toContain(at.unitId)
})

test('while the database does not answer these series are absent and the others are served', async () => {
  const away = createTelemetry()
  const said: unknown[] = []
  operationMeters(away.meter)
  const hanging = { transaction: () => new Promise<never>(() => {}) }
  observeRows(away.meter, hanging, operationGauges, (error) => said.push(error))
  const text = await away.exposition()
  expect(text).toContain('steward_operations_ended_total')
  expect(text).not.toContain('steward_outbox_lag_seconds')
  expect(said).toHaveLength(1)
  expect(errors).toEqual([])
})
