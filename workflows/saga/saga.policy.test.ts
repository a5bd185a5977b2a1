import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PROCESSES, processOf } from '../../control-plane/domain/operation-kinds.ts'
import { DECOMMISSION_TENANT } from '../decommission-tenant/decommission-tenant.policy.ts'
import { activityName, isPointOfNoReturn, stepName, type StepPolicy, undoName, undoOrder } from './saga.policy.ts'

const steps = fc.array(
  fc.record({
    step: fc.stringMatching(/^[a-z]+(-[a-z]+)*$/),
    attempt: fc.constant('1 minute' as const),
    undo: fc.boolean(),
  }),
)

test('the name of a step survives its way through the name of its activity', () => {
  for (const { kind, unit } of PROCESSES) {
    for (const { step } of processOf(kind, unit).steps) expect(stepName(activityName(step))).toBe(step)
  }
  expect(activityName(undoName('apply-route'))).toBe('undoApplyRoute')
})

test('undos run in reverse, and only for what can be taken back', () => {
  fc.assert(
    fc.property(steps, (begun: StepPolicy[]) => {
      expect(undoOrder(begun).toReversed()).toEqual(begun.filter(({ undo }) => undo))
    }),
  )
})

test('only the declared step is the point of no return', () => {
  const turning = DECOMMISSION_TENANT.steps.filter((step) => isPointOfNoReturn(DECOMMISSION_TENANT, step))
  expect(turning.map(({ step }) => step)).toEqual(['erase-rows'])
})
