import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationKind, PROCESSES, processOf } from '../../control-plane/domain/operation-kinds.ts'
import { isMoveKind } from '../../control-plane/domain/moves.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { comesToBe } from '../../control-plane/domain/tenant-lifecycle.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

const fault = (retryable: boolean) =>
  new Problem('test.fault', { status: 500, retryable, title: 'It broke on purpose' })
type ProcessName = (typeof PROCESSES)[number]
const stepsOf = ({ kind, unit }: ProcessName) => processOf(kind, unit).steps.map(({ step }) => step)

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())

/** Runs an operation of the kind on a subject of its own, and says what there was before and after. */
async function perform({ kind, unit }: ProcessName, faults: WorkflowRig['hooks'] = {}) {
  const subject = await rig.prepare(kind, unit)
  const before = await subjectState(rig, subject)
  const operationId = await rig.ask(kind, subject, faults)
  const end = await rig.ended(operationId)
  const seen = [...rig.seenOf(operationId)]
  return { subject, before, end, seen, after: await subjectState(rig, subject) }
}

/** Tenants live beside each other; cells by themselves and first, for a tenant is placed in any that there is. */
function each<Case extends ProcessName>(name: string, cases: readonly Case[], check: (its: Case) => Promise<void>) {
  const ofTenants = ({ kind }: Case) => kind.startsWith('tenant.')
  test.each(cases.filter((one) => !ofTenants(one)))(name, check)
  test.concurrent.each(cases.filter(ofTenants))(name, check)
}

each('$kind of a $unit runs its steps in the declared order and records each', PROCESSES, async (process) => {
  const { end, seen } = await perform(process)
  expect(end).toMatchObject({ state: 'succeeded', code: null })
  expect(seen).toEqual(stepsOf(process))
  expect(end.steps).toEqual(stepsOf(process).map((step) => ({ step, state: 'succeeded', attempt: 1, code: null })))
})

each(
  '$kind of a $unit comes to the same end when every step fails once, $when, in a way that passes',
  PROCESSES.flatMap((process) => [
    { ...process, when: 'beforeEffect' as const },
    { ...process, when: 'afterEffect' as const },
  ]),
  async ({ when, ...process }) => {
    const undisturbed = await perform(process)
    const disturbed = await perform(process, {
      [when]: ({ attempt }: { attempt: number }) => {
        if (attempt === 1) throw fault(true)
      },
    })
    expect(disturbed.end.state).toBe('succeeded')
    expect(disturbed.after).toEqual(undisturbed.after)
    expect(disturbed.end.steps).toEqual(
      stepsOf(process).flatMap((step) => [
        { step, state: 'failed', attempt: 1, code: 'test.fault' },
        { step, state: 'succeeded', attempt: 2, code: null },
      ]),
    )
  },
)

const places = PROCESSES.flatMap((process) =>
  stepsOf(process).flatMap((step) =>
    (['beforeEffect', 'afterEffect'] as const).map((when) => ({ ...process, step, when })),
  ),
)
const turningPoint = (process: ProcessName) => {
  const at = stepsOf(process).indexOf(processOf(process.kind, process.unit).pointOfNoReturn ?? '')
  return at === -1 ? Infinity : at
}
/** The records say that it failed; everything else is as before. */
const failedState: Partial<Record<OperationKind, object>> = {
  'cell.create': { unit: 'failed' },
  'tenant.provision': { tenant: expect.objectContaining({ state: 'failed', published: 'absent' }) },
  'tenant.adopt': { tenant: expect.objectContaining({ state: 'failed', published: 'absent' }) },
}

each(
  '$kind of a $unit takes everything back when $step fails for good, $when',
  places.filter(({ step, ...process }) => stepsOf(process).indexOf(step) < turningPoint(process)),
  async ({ step, when, ...process }) => {
    const { kind, unit } = process
    const { before, after, end, seen } = await perform(process, {
      [when]: (call: { step: string }) => {
        if (call.step === step) throw fault(false)
      },
    })
    expect(end).toMatchObject({ state: 'failed', code: 'test.fault' })
    const begun = stepsOf(process).slice(0, stepsOf(process).indexOf(step) + 1)
    const undone = begun.toReversed().map((name) => `undo-${name}`)
    expect(seen.slice(0, begun.length)).toEqual(begun)
    expect(undone.filter((name) => seen.includes(name))).toEqual(seen.slice(begun.length)) // reversed; checks have no undo
    const reached = kind === 'cell.create' || comesToBe(kind) ? emptyState(process, after) : before
    expect(after).toEqual({ ...reached, ...failedState[kind], ...(isOwn(unit) ? failedUnit[kind] : {}) })
  },
)

/** A unit of its own is where its tenant is. */
const failedUnit: Partial<Record<OperationKind, object>> = {
  'tenant.provision': { unit: 'failed' },
  'tenant.adopt': { unit: 'failed' },
}

/** Before a creation there is no record to compare with, so the infrastructure is compared with nothing. */
const emptyState = ({ kind, unit }: ProcessName, after: object) => ({
  ...after,
  own: [],
  entry: undefined,
  filesWithEntry: 0,
  routes: 0,
  edge: false,
  ...(kind === 'cell.create' || isOwn(unit) ? { shared: [], file: false, database: false, secret: false } : {}),
  ...(unit === 'stack' ? { stack: false } : {}),
  ...(isOwn(unit) ? { refusing: false, replicas: undefined, quota: undefined, login: undefined } : {}),
})

each(
  '$kind of a $unit takes nothing back when $step fails for good, $when, and goes on when asked again',
  places.filter(({ step, ...process }) => stepsOf(process).indexOf(step) >= turningPoint(process)),
  async ({ step, when, ...process }) => {
    const { subject, end, seen } = await perform(process, {
      [when]: (call: { step: string }) => {
        if (call.step === step) throw fault(false)
      },
    })
    expect(end).toMatchObject({ state: 'failed', code: 'test.fault' })
    expect(seen).toEqual(stepsOf(process).slice(0, stepsOf(process).indexOf(step) + 1))
    const again = await rig.ended(await rig.ask(process.kind, subject))
    expect(again.state).toBe('succeeded')
    const reached = await subjectState(rig, subject)
    const serving = (process.kind.startsWith('unit.') || comesToBe(process.kind)) && isOwn(process.unit) // what else does not turn back removes
    const moved = { edge: true, rows: true, placesWithRows: 1, filesWithEntry: 1, routes: 1 }
    expect(reached).toMatchObject(
      isMoveKind(process.kind) ? moved : serving ? { edge: true } : { own: [], edge: false, rows: false },
    )
    if (process.kind === 'unit.reconcile') expect(reached).toMatchObject({ drifted: ['ConfigMap'] })
  },
)
