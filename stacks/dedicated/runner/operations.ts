import { CommandError, type PreviewOptions } from '@pulumi/pulumi/automation/index.js'
import { defineProblems, type Problem } from '../../../control-plane/domain/problem.ts'
import type { RegisteredResource } from '../policy/registered.ts'
import type { StackOutputs } from '../programs/stack-program.ts'
import { outputsOf, readState, realResources, serialOf } from './deployment.ts'
import { watchEngine, type Watch } from './engine-events.ts'
import { keepPreview, lastPreview } from './last-preview.ts'
import { deletionOf, planOf } from './plan.ts'
import { runnerProblems } from './runner.errors.ts'
import { hasRules, refuseAgainstRules } from './policy-guard.ts'
import { takeInPending } from './pending.ts'
import type { Run } from './run.ts'
import type { Plan, ResourceDrift, StackOperation, StackResult } from './stack-run.ts'
import { engineFault } from './state/engine-fault.ts'

/** A failed provider says its own codes; whether they may be retried is not for the engine's text to say. */
const RETRYABLE = /^(target\.unreachable|resource\.(failed|late|interrupted|deleting))$/

function problemOf(watch: Watch, cause: unknown): Problem {
  const fault = watch.fault()
  if (fault?.code !== undefined) {
    const retryable = RETRYABLE.test(fault.code)
    const own = defineProblems({ [fault.code]: { status: 502, retryable, title: 'The stack could not be changed' } })
    const make = own[fault.code]
    if (make) return make({ detail: fault.detail, cause })
  }
  const said = fault?.detail ?? (cause instanceof CommandError ? cause.message : String(cause))
  const unkept = engineFault(said)
  if (unkept) return unkept
  const code = /marked for protection|is protected/.test(said) ? 'stack.protected' : 'stack.failed'
  return runnerProblems[code]({ detail: said.slice(0, 2000), cause })
}

/** Runs one command of the engine under watch. Fails with the first coded fault that was told, or `stack.failed`. */
async function watched<T>(run: Run, act: (watch: Watch) => Promise<T>): Promise<{ watch: Watch; answer: T }> {
  const watch = watchEngine(run.tell)
  try {
    return { watch, answer: await act(watch) }
  } catch (error) {
    run.signal.throwIfAborted()
    throw problemOf(watch, error)
  }
}

type Planned = {
  registered: readonly RegisteredResource[]
  plan: Plan
  changes: StackResult['changes']
  drift: readonly ResourceDrift[]
  undone: readonly ResourceDrift[]
}

async function planned(run: Run, act: (options: PreviewOptions) => Promise<unknown>): Promise<Planned> {
  const serial = serialOf(await readState(run.store))
  const { watch } = await watched(run, ({ onEvent }) => act({ onEvent, signal: run.signal, diff: true }))
  return {
    plan: planOf(run.request.stack, watch.steps(), serial),
    changes: watch.changes(),
    drift: watch.drift(),
    undone: watch.undone(),
    registered: watch.registered(),
  }
}

/** What `act` would make, which must keep the rules of its target: nothing is planned, and so nothing made, that breaks one. */
async function plannedByRules(
  run: Run,
  act: (options: PreviewOptions) => Promise<unknown>,
): Promise<Pick<Planned, 'plan' | 'changes'>> {
  const { plan, changes, registered } = await planned(run, act)
  refuseAgainstRules(run.request, registered)
  return { plan, changes }
}

async function preview(run: Run): Promise<Pick<Planned, 'plan' | 'changes'>> {
  const found = await plannedByRules(run, (options) => run.engine.stack.preview(options))
  await keepPreview(run, found.plan)
  return found
}

/**
 * What a refresh would find. One that was made is kept in the state, which then says what was found: until everything was made as the
 * program says, only that still says what is wanted.
 */
async function lookForDrift(run: Run) {
  const {
    plan,
    changes,
    drift: found,
  } = await planned(run, ({ onEvent, signal }) =>
    run.engine.stack.previewRefresh({ ...(onEvent ? { onEvent } : {}), ...(signal ? { signal } : {}) }),
  )
  if (!(await isUnfinished(run))) return { plan, changes, drift: found }
  const { undone } = await planned(run, (options) => run.engine.stack.preview(options))
  const known = new Set(found.map(({ resource }) => resource))
  return { plan, changes, drift: [...found, ...undone.filter(({ resource }) => !known.has(resource))] }
}

const isUnfinished = async ({ store }: Run): Promise<boolean> => (await store.read('unfinished')) !== undefined
/** From here on the state may say what was found, and not what is wanted. */
const noteUnfinished = ({ store, request }: Run): Promise<void> =>
  store.write('unfinished', JSON.stringify({ epoch: request.epoch }))
/** Everything is as the program says, or nothing is left. */
const finished = ({ store }: Run): Promise<void> => store.remove('unfinished')

/** The engine itself previews no destruction of what is protected: it fails there. The state says all that it could say. */
async function previewDestroy({ request, store }: Run): Promise<{ plan: Plan; changes: StackResult['changes'] }> {
  const state = await readState(store)
  const plan = planOf(request.stack, realResources(state).map(deletionOf), serialOf(state))
  return { plan, changes: { delete: plan.steps.length } }
}

/** Lets go of the protected resources that were named; fails with `stack.protected` when others would be deleted, too. */
async function releaseNamed(run: Run, urns: readonly { urn: string; name: string }[]): Promise<void> {
  const allowed = new Set(run.request.release ?? [])
  const kept = urns.filter(({ name }) => !allowed.has(name)).map(({ name }) => name)
  if (kept.length > 0) {
    const detail = `${kept.join(', ')}: protected, and not named`
    throw runnerProblems['stack.protected']({ detail, extra: { resources: kept } })
  }
  for (const { urn } of urns) await run.engine.command(['state', 'unprotect', urn, '--yes'], run.signal)
}

/** Before the first effect, once: a run that goes on after it was cut off finds its own work, and is not held against the plan. */
async function refuseStale({ request, store }: Run, previewed: () => Promise<Plan>): Promise<void> {
  const { planHash, epoch } = request
  if (planHash === undefined) return
  const begun = JSON.stringify({ epoch, planHash })
  if ((await store.read('begun'))?.text === begun) return
  const plan = await previewed()
  if (plan.hash !== planHash) {
    const detail = `the plan is now ${plan.hash}, and ${planHash} was asked for`
    throw runnerProblems['plan.stale']({ detail, extra: { plan } })
  }
  await store.write('begun', begun)
}

const named = (urn: string) => ({ urn, name: urn.split('::').at(-1) ?? '' })

async function up(run: Run): Promise<StackResult['changes']> {
  const { planHash, release = [] } = run.request
  const ruled = hasRules(run.request)
  if (planHash !== undefined || release.length > 0 || ruled) {
    const plan = (ruled ? undefined : await lastPreview(run)) ?? (await preview(run)).plan
    await refuseStale(run, async () => plan)
    const ended = new Set(
      plan.steps
        .filter((step) => step.protected && /replace|delete/.test(step.operation))
        .map(({ resource }) => resource),
    )
    const resources = realResources(await readState(run.store))
    await releaseNamed(
      run,
      resources.map(({ urn }) => named(urn)).filter(({ name }) => ended.has(name)),
    )
  }
  const { watch } = await watched(run, ({ onEvent }) => run.engine.stack.up({ onEvent, signal: run.signal }))
  await finished(run)
  return watch.changes()
}

async function destroy(run: Run): Promise<StackResult['changes']> {
  await refuseStale(run, async () => (await previewDestroy(run)).plan)
  const protectedOnes = realResources(await readState(run.store)).filter(({ protect }) => protect === true)
  await releaseNamed(
    run,
    protectedOnes.map(({ urn }) => named(urn)),
  )
  const { watch } = await watched(run, ({ onEvent }) => run.engine.stack.destroy({ onEvent, signal: run.signal }))
  await finished(run)
  return watch.changes()
}

async function refresh(run: Run): Promise<StackResult['changes']> {
  await noteUnfinished(run)
  const { watch } = await watched(run, ({ onEvent }) => run.engine.stack.refresh({ onEvent, signal: run.signal }))
  return watch.changes()
}

/**
 * Looks, says what it would do, and does it only where nothing protected is to be made anew: that would be an empty one in the place
 * of a tenant's data. Fails with `stack.protected` before anything is changed or forgotten.
 */
async function reconcile(run: Run): Promise<StackResult['changes']> {
  const { plan } = await plannedByRules(run, (options) => run.engine.stack.preview({ ...options, refresh: true }))
  const anew = plan.steps.filter((step) => step.protected && /create|replace|delete/.test(step.operation))
  if (anew.length > 0) {
    const resources = [...new Set(anew.map(({ resource }) => resource))]
    const detail = `${resources.join(', ')}: protected, gone or to be made anew; restore it by hand`
    throw runnerProblems['stack.protected']({ detail, extra: { resources } })
  }
  await noteUnfinished(run)
  const { watch } = await watched(run, ({ onEvent }) =>
    run.engine.stack.up({ onEvent, signal: run.signal, refresh: true }),
  )
  await finished(run)
  return watch.changes()
}

/** What was begun is taken in by its name, then everything is looked at: what is not there goes, what is there stays known. */
async function repair(run: Run): Promise<StackResult['changes']> {
  await takeInPending(run)
  return refresh(run)
}

const ACTS: Readonly<
  Record<StackOperation, (run: Run) => Promise<Pick<StackResult, 'changes'> & Partial<StackResult>>>
> = {
  preview,
  'preview-destroy': previewDestroy,
  drift: lookForDrift,
  up: async (run) => ({ changes: await up(run) }),
  reconcile: async (run) => ({ changes: await reconcile(run) }),
  refresh: async (run) => ({ changes: await refresh(run) }),
  destroy: async (run) => ({ changes: await destroy(run) }),
  repair: async (run) => ({ changes: await repair(run) }),
}

/** Does what was asked for. */
export async function operate(run: Run): Promise<StackResult> {
  const { operation } = run.request
  const { changes, plan = null, drift = null } = await ACTS[operation](run)
  const state = await readState(run.store)
  return {
    operation,
    changes,
    outputs: outputsOf(state) as StackOutputs | null, // what the program returned
    serial: serialOf(state),
    resources: realResources(state).length,
    plan,
    drift,
  }
}
