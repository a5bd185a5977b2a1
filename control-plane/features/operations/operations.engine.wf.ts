import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { engineSuite } from '../../../test/support/operation-engine-suite.ts'
import { fakeLog, operationsRig, somewhere, type OperationsRig } from '../../../test/support/operations.ts'
import { TEST_NAMESPACE } from '../../../test/support/temporal.ts'
import { temporalEngine, type OperationEngine } from './operations.engine.ts'
import { startOperationsRelay } from './operations.relay.ts'
import { sweep } from './operations.sweeper.ts'

let connection: Connection
let client: Client
let engine: OperationEngine
let rig: OperationsRig
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporal') })
  client = new Client({ connection, namespace: TEST_NAMESPACE })
  engine = temporalEngine(client)
  rig = await operationsRig()
})
afterAll(async () => {
  await rig.close()
  await connection.close()
})

// No worker polls: a workflow stays where it was started until someone ends it.
const end = async (operationId: string) => void (await client.workflow.getHandle(operationId).terminate('test'))

describe('the engine on Temporal', () => {
  const starts = async (operationId: string) => {
    let runs = 0
    const all = connection.workflowService
    const { executions } = await all.listWorkflowExecutions({
      namespace: TEST_NAMESPACE,
      query: `WorkflowId = '${operationId}'`,
    })
    for (const { execution } of executions ?? []) if (execution?.workflowId === operationId) runs++
    return runs
  }
  engineSuite(() => ({
    engine,
    end,
    // Visibility lags behind: what is asked is that it never shows a second run.
    starts: async (operationId) => {
      await expect.poll(() => starts(operationId)).toBeGreaterThan(0)
      return starts(operationId)
    },
  }))
})

const running = async () => {
  const { logger } = fakeLog()
  const deps = { ...rig, database: rig.operator, engine, logger }
  const relay = await startOperationsRelay(deps)
  const place = somewhere()
  const { operationId } = await rig.ask('tenant.suspend', place)
  const delivered = () => rig.rows('select 1 from operations where id = $1 and delivered_at is not null', [operationId])
  await expect.poll(delivered, { timeout: 10_000 }).toHaveLength(1)
  await relay.stop()
  return { deps, place, operationId, epoch: await rig.epoch(operationId) }
}

test('a workflow carries the operation’s id, its queue and ids only', async () => {
  const { operationId, epoch, place } = await running()
  const handle = client.workflow.getHandle(operationId)
  expect(await handle.describe()).toMatchObject({
    type: 'suspendTenant',
    taskQueue: 'operations',
    status: { name: 'RUNNING' },
  })
  const { events } = await handle.fetchHistory()
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data
  const input: unknown = JSON.parse(Buffer.from(payload ?? []).toString())
  expect(input).toEqual({ operationId, epoch, kind: 'tenant.suspend', unitKind: 'cell', ...place })
})

test('terminated by hand: settled as lost once its leases have run out, and what waited goes on', async () => {
  const { deps, place, operationId, epoch } = await running()
  const next = await rig.ask('tenant.resume', place)
  expect(await sweep(deps, 0)).not.toContain(operationId)
  const step = { operationId, epoch, step: 'publish-tenant', attempt: 1 }
  await rig.recorder.stepStarted({ ...step, leaseMs: 60_000 })
  await end(operationId)
  expect(await sweep(deps, 0)).not.toContain(operationId)
  await rig.recorder.stepStarted({ ...step, leaseMs: 1 })
  await expect.poll(async () => (await sweep(deps, 0)).includes(operationId), { timeout: 10_000 }).toBe(true)
  expect(await rig.state(operationId)).toBe('failed')
  expect(await rig.state(next.operationId)).toBe('running')
})

test('a history that was never there is lost as well', async () => {
  const { logger } = fakeLog()
  const { operationId } = await rig.ask('tenant.suspend', somewhere())
  await rig.rows(`update operations set delivered_at = now() where id = $1`, [operationId])
  expect(await sweep({ database: rig.operator, engine, hooks: rig.hooks, logger }, 0)).toContain(operationId)
  expect(await rig.rows('select error_code from operations where id = $1', [operationId])).toEqual([
    { error_code: 'operation.lost' },
  ])
})

test('a server that does not answer is an error, not a loss', async () => {
  const { deps, operationId } = await running()
  const away = await Connection.connect({ address: inject('temporal') })
  const gone = temporalEngine(new Client({ connection: away, namespace: TEST_NAMESPACE }))
  await away.close()
  await expect(sweep({ ...deps, engine: gone }, 0)).rejects.toThrow()
  expect(await rig.state(operationId)).toBe('running')
})
