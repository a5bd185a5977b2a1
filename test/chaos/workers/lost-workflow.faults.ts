import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { dump, type Dump, HOME, type Place, request, type Subject } from '../../support/subject-life.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'
import { handsOfEstate } from '../support/estate-hands.ts'
import { heldWorker, type HeldWorker } from '../support/held-worker.ts'

/** A workflow is terminated by hand while an activity of it still runs, in a worker that hangs: its late effect is refused. */
let its: TestEstate
let late: HeldWorker
let other: HeldWorker
let hands: Hands
let temporal: Client
let undisturbed: Dump
beforeAll(async () => {
  its = await testEstate({ without: ['worker'] })
  late = await heldWorker(its.estate)
  other = await heldWorker(its.estate)
  await late.start()
  hands = await handsOfEstate(its.estate)
  temporal = new Client({
    connection: await Connection.connect({ address: its.estate.temporalAddress }),
    namespace: TEST_NAMESPACE,
  })
  await its.plane.settle(await ask('cell.create', HOME, null))
  const plain = tenant('plain')
  await its.plane.settle(await ask('tenant.provision', plain, null))
  undisturbed = await dump(its, hands, plain)
})
afterAll(async () => {
  await Promise.all([late?.stop(), other?.stop(), hands?.close(), temporal?.connection.close()])
  await its?.remove()
})

const tenant = (name: string): Subject => ({ name, cell: HOME.cell })

async function ask(kind: OperationKind, subject: Subject, heldAt: Place | null, worker = late): Promise<string> {
  const { status, body } = await request(its, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  const operationId = String(body['operationId'])
  worker.arrange(operationId, heldAt)
  return operationId
}

async function retried(operationId: string, worker: HeldWorker): Promise<void> {
  const { status, body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
  expect({ status, body }).toMatchObject({ status: 202 })
  worker.arrange(String(body['operationId']), null)
  await its.plane.settle(String(body['operationId']))
}

test('the operation is settled as lost once nothing of it can be alive, is retried, and what wakes later changes nothing', async () => {
  const [early, midway] = [tenant('early'), tenant('midway')]
  const first = await ask('tenant.provision', early, { step: 'publish-tenant', when: 'before' })
  const second = await ask('tenant.provision', midway, { step: 'apply-route', when: 'before' })
  await late.held(2)
  late.freeze()
  for (const id of [first, second]) await temporal.workflow.getHandle(id).terminate('by hand')
  for (const id of [first, second]) {
    const { error } = await its.plane.settle(id, 'failed')
    expect(error?.code).toBe('operation.lost')
  }

  await other.start()
  await retried(second, other)
  expect(await dump(its, hands, midway)).toEqual(undisturbed)
  const before = await dump(its, hands, early)

  late.thaw()
  late.go()
  expect(await late.failed(first)).toBe('operation.settled')
  // Refused where it acts, or told to stop first: Temporal does not know the activity any more.
  expect(await late.failed(second)).toMatch(/^(effect\.fenced|operation\.settled|CancelledFailure|AbortError)$/)
  expect(await dump(its, hands, early)).toEqual(before)
  expect(await dump(its, hands, midway)).toEqual(undisturbed)
  await late.stop()
  await retried(first, other)
  expect(await dump(its, hands, early)).toEqual(undisturbed)
})

test('what a lost attestation and a lost check have left goes with the unit', async () => {
  const lives = [
    { kind: 'unit.attest', step: 'run-checks', cell: 'attested', left: /probe/ },
    { kind: 'unit.check', step: 'run-clauses', cell: 'checked', left: /check/ },
  ] as const
  const asked: string[] = []
  for (const { kind, step, cell } of lives) {
    await its.plane.settle(await ask('cell.create', { name: cell, cell }, null, other))
    asked.push(await ask(kind, { name: cell, cell }, { step, when: 'before' }, other))
  }
  await other.held(lives.length)
  for (const id of asked) await temporal.workflow.getHandle(id).terminate('by hand')
  other.go()
  for (const id of asked) {
    const { error } = await its.plane.settle(id, 'failed')
    expect(error?.code).toBe('operation.lost')
  }
  for (const { cell, left } of lives) {
    const subject = { name: cell, cell }
    expect((await dump(its, hands, subject)).things.join(' ')).toMatch(left)
    await its.plane.settle(await ask('cell.retire', subject, null, other))
    expect(await dump(its, hands, subject)).toMatchObject({ unit: { state: 'retired' }, things: [] })
  }
})
