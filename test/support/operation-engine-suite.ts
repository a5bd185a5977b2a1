import { expect, test } from 'vitest'
import type { OperationEngine } from '../../control-plane/features/operations/operations.engine.ts'
import { newId } from '../../control-plane/platform/ids.ts'

/** What every engine must do, the one in memory and the real one. `end` makes a workflow end as if by itself. */
export function engineSuite(
  open: () => {
    engine: OperationEngine
    end: (operationId: string) => Promise<void>
    starts: (operationId: string) => Promise<number>
  },
) {
  const input = () =>
    ({ operationId: newId(), epoch: 1, kind: 'tenant.suspend', tenantId: newId(), unitId: newId() }) as const

  test('a start asked for many times, at once and again, is one workflow', async () => {
    const { engine, starts } = open()
    const operation = input()
    await Promise.all(Array.from({ length: 5 }, () => engine.start(operation)))
    await engine.start(operation)
    expect(await starts(operation.operationId)).toBe(1)
    expect(await engine.look(operation.operationId)).toBe('running')
  })

  test('one that has ended is not started again: “already started” is success', async () => {
    const { engine, end, starts } = open()
    const operation = input()
    await engine.start(operation)
    await end(operation.operationId)
    await engine.start(operation)
    expect(await engine.look(operation.operationId)).toBe('gone')
    expect(await starts(operation.operationId)).toBe(1)
  })

  test('what was never started is gone, and cancelling it is no error', async () => {
    const { engine } = open()
    const { operationId } = input()
    expect(await engine.look(operationId)).toBe('gone')
    await engine.cancel(operationId)
  })

  test('cancelling one that has ended, or twice, is no error', async () => {
    const { engine, end } = open()
    const operation = input()
    await engine.start(operation)
    await engine.cancel(operation.operationId)
    await engine.cancel(operation.operationId)
    await end(operation.operationId)
    await engine.cancel(operation.operationId)
  })
}
