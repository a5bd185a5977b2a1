import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { KINDS, OPERATION_KINDS, type OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

const fault = (retryable: boolean) =>
  new Problem('test.fault', { status: 500, retryable, title: 'It broke on purpose' })
const stepsOf = (kind: OperationKind) => KINDS[kind].steps.map(({ step }) => step)

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
})

/** Runs an operation of the kind on a subject of its own, and says what there was before and after. */
async function perform(kind: OperationKind, faults: WorkflowRig['hooks'] = {}) {
  const subject = await rig.prepare(kind)
  const before = await subjectState(rig, subject)
  rig.seen.length = 0
  Object.assign(rig.hooks, faults)
  const operationId = await rig.ask(kind, subject)
  const end = await rig.ended(operationId)
  return { subject, before, operationId, end, seen: [...rig.seen], after: await subjectState(rig, subject) }
}

test.each(OPERATION_KINDS)('%s runs its steps in the declared order and records each', async (kind) => {
  const { end, seen } = await perform(kind)
  expect(end).toMatchObject({ state: 'succeeded', code: null })
  expect(seen).toEqual(stepsOf(kind))
  expect(end.steps).toEqual(stepsOf(kind).map((step) => ({ step, state: 'succeeded', attempt: 1, code: null })))
})

test.each(
  OPERATION_KINDS.flatMap((kind) => [
    { kind, when: 'beforeEffect' as const },
    { kind, when: 'afterEffect' as const },
  ]),
)('$kind comes to the same end when every step fails once, $when, in a way that passes', async ({ kind, when }) => {
  const undisturbed = await perform(kind)
  const disturbed = await perform(kind, {
    [when]: ({ attempt }: { attempt: number }) => {
      if (attempt === 1) throw fault(true)
    },
  })
  expect(disturbed.end.state).toBe('succeeded')
  expect(disturbed.after).toEqual(undisturbed.after)
  expect(disturbed.end.steps).toEqual(
    stepsOf(kind).flatMap((step) => [
      { step, state: 'failed', attempt: 1, code: 'test.fault' },
      { step, state: 'succeeded', attempt: 2, code: null },
    ]),
  )
})

const places = OPERATION_KINDS.flatMap((kind) =>
  stepsOf(kind).flatMap((step) => (['beforeEffect', 'afterEffect'] as const).map((when) => ({ kind, step, when }))),
)
const turningPoint = (kind: OperationKind) => {
  const at = stepsOf(kind).indexOf(KINDS[kind].pointOfNoReturn ?? '')
  return at === -1 ? Infinity : at
}
/** The records say that it failed; everything else is as before. */
const failedState: Partial<Record<OperationKind, object>> = {
  'cell.create': { unit: 'failed' },
  'tenant.provision': { tenant: expect.objectContaining({ state: 'failed', published: 'absent' }) },
  'tenant.decommission': { tenant: expect.objectContaining({ state: 'failed', published: 'active' }) },
}

test.each(places.filter(({ kind, step }) => stepsOf(kind).indexOf(step) < turningPoint(kind)))(
  '$kind takes everything back when $step fails for good, $when',
  async ({ kind, step, when }) => {
    const { before, after, end, seen } = await perform(kind, {
      [when]: (call: { step: string }) => {
        if (call.step === step) throw fault(false)
      },
    })
    expect(end).toMatchObject({ state: 'failed', code: 'test.fault' })
    const begun = stepsOf(kind).slice(0, stepsOf(kind).indexOf(step) + 1)
    const undone = begun.toReversed().map((name) => `undo-${name}`)
    expect(seen.slice(0, begun.length)).toEqual(begun)
    expect(undone.filter((name) => seen.includes(name))).toEqual(seen.slice(begun.length)) // reversed; checks have no undo
    const reached = kind === 'cell.create' || kind === 'tenant.provision' ? await emptyState(kind, after) : before
    expect(after).toEqual({ ...reached, ...failedState[kind] })
  },
)

/** Before a creation there is no record to compare with, so the infrastructure is compared with nothing. */
const emptyState = async (kind: OperationKind, after: object) => ({
  ...after,
  own: [],
  entry: undefined,
  edge: false,
  ...(kind === 'cell.create' ? { shared: [], file: false, database: false, secret: false } : {}),
})

test.each(places.filter(({ kind, step }) => stepsOf(kind).indexOf(step) >= turningPoint(kind)))(
  '$kind takes nothing back when $step fails for good, $when, and goes on when asked again',
  async ({ kind, step, when }) => {
    const { subject, end, seen } = await perform(kind, {
      [when]: (call: { step: string }) => {
        if (call.step === step) throw fault(false)
      },
    })
    expect(end).toMatchObject({ state: 'failed', code: 'test.fault' })
    expect(seen).toEqual(stepsOf(kind).slice(0, stepsOf(kind).indexOf(step) + 1))
    delete rig.hooks[when]
    const again = await rig.ended(await rig.ask(kind, subject))
    expect(again.state).toBe('succeeded')
    expect(await subjectState(rig, subject)).toMatchObject({ own: [], edge: false, rows: false })
  },
)
