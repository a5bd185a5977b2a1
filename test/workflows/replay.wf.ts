import path from 'node:path'
import { Worker } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { PROCESSES } from '../../control-plane/domain/operation-kinds.ts'
import { PLAN_CHANGE, WORKFLOW_TYPES } from '../../control-plane/features/operations/operations.contract.ts'
import { workflowBundle } from '../../workflows/bundle.ts'
import { readHistory, recordedHistories } from '../support/histories.ts'
import { quietRuntime, TEST_CACHE } from '../support/temporal-worker.ts'

const PLANTED = path.join(import.meta.dirname, 'planted', 'reordered.workflow.ts')

/** What each recorded history comes to on a bundle: null when it replays. */
async function replayAll(bundle: { codePath: string }, files: readonly string[]): Promise<Map<string, unknown>> {
  const results = new Map<string, unknown>()
  const histories = await Promise.all(files.map(readHistory))
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) {
    results.set(workflowId, error ?? null)
  }
  return results
}

quietRuntime()
const files = await recordedHistories()
const ours = workflowBundle({ cache: TEST_CACHE })

test('every recorded history replays on the workflows as they are', async () => {
  const results = await replayAll(await ours, files)
  expect(results.size).toBe(files.length)
  expect([...results].filter(([, error]) => error !== null)).toEqual([])
})

test('every process has a history of each way it can end', () => {
  const cases = ['succeeded', 'failed', 'quarantined', 'cancelled']
  const wanted = PROCESSES.flatMap(({ kind, unit }) =>
    cases.map((name) => `${WORKFLOW_TYPES[kind]}.${name}.${unit === 'cell' ? '' : unit}`),
  )
  const plans = ['succeeded', 'failed'].map((name) => `${PLAN_CHANGE}.${name}.`)
  expect([...wanted, ...plans].filter((name) => !files.some((file) => file.startsWith(name)))).toEqual([])
})

test('a reordered copy of a process does not replay', async () => {
  const planted = await workflowBundle({ cache: TEST_CACHE, workflows: PLANTED })
  const provisions = files.filter((file) => file.startsWith('provisionTenant.succeeded.'))
  const results = await replayAll(planted, provisions)
  expect(provisions.length).toBeGreaterThan(0)
  for (const error of results.values()) expect(error).toMatchObject({ name: 'DeterminismViolationError' })
})
