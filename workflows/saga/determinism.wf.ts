import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROCESSES } from '../../control-plane/domain/operation-kinds.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

/** Nothing is cached, so every task replays the whole history: code that decides differently the second time fails at once. */
let rig: WorkflowRig
beforeAll(async () => {
  const fail = { '*': ['NondeterminismError', 'DeterminismViolationError'] }
  rig = await workflowRig({ tuning: { maxCachedWorkflows: 0, workflowFailureErrorTypes: fail } })
})
afterAll(() => rig?.close())

test.each(PROCESSES)('$kind of a $unit decides the same at every replay', async ({ kind, unit }) => {
  const subject = await rig.prepare(kind, unit)
  expect(await rig.ended(await rig.ask(kind, subject))).toMatchObject({ state: 'succeeded' })
})

test('so does the way back', async () => {
  const subject = await rig.prepare('tenant.provision')
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'probe-serving' || step === 'undo-apply-route') {
      throw new Problem('test.fault', { status: 500, retryable: false, title: 'It broke on purpose' })
    }
  }
  expect(await rig.ended(await rig.ask('tenant.provision', subject))).toMatchObject({
    state: 'failed',
    code: 'test.fault',
  })
})
