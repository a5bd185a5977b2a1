import { reportCondition } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { Logger } from '../../platform/logger.ts'
import type { TransitionInput } from './tenants.contract.ts'
import { findTenant, record, type TenantsDeps } from './tenants.deps.ts'
import { trialStore } from './tenants.trial-store.ts'
import { ask } from './tenants.update.ts'

type Deps = Pick<TenantsDeps, 'database' | 'store' | 'request' | 'lockSubjects' | 'audit' | 'clock'> & {
  /** How long before its end a trial is said to end, milliseconds. */
  noticeMs: number
  logger: Pick<Logger, 'warn'>
}

/** Tenants looked after in one look; the others come with the next. */
const AT_ONCE = 100

/**
 * Says of trials that they end soon or have ended, and asks for the suspension of those that have. It queues behind whatever is
 * open on the tenant, and of several processes that look at once one asks. Answers how many suspensions it asked for.
 */
export async function lookAtTrials(deps: Deps): Promise<number> {
  await deps.database.transaction((tx) => giveNotice(deps, tx))
  const due = await deps.database.transaction((tx) => trialStore.due(tx, deps.clock.now().toISOString(), AT_ONCE))
  let asked = 0
  for (const id of due) {
    try {
      if (await deps.database.transaction((tx) => suspend(deps, tx, id))) asked += 1
    } catch (err) {
      deps.logger.warn({ event: 'trial.not-suspended', tenantId: id, err }, 'an ended trial waits for the next look')
    }
  }
  return asked
}

/** The way of every transition, but for who asks: nobody. */
async function suspend(deps: Deps, tx: Tx, id: string): Promise<boolean> {
  const { region, unitId } = await findTenant(deps, tx, id)
  const about = { kind: 'tenant.suspend', tenantId: id, unitId } as const
  await deps.lockSubjects(tx, about)
  const row = await deps.store.lock(tx, id)
  if (!(await trialStore.stillDue(tx, id, deps.clock.now().toISOString()))) return false
  const input: TransitionInput = { generation: row.generation + 1 }
  const accepted = await ask(deps, tx, row, { ...about, region, input, requestedBy: null, requestId: null })
  if (!accepted.merged) await deps.store.bump(tx, id)
  await trialStore.noteSuspension(tx, id, accepted.operationId)
  const detail = { from: row.state, merged: accepted.merged, trialEndsAt: row.trialEndsAt }
  await record(deps, tx, { actor: null, action: 'tenant.suspend', tenantId: id, detail, accepted })
  return true
}

const SAID = {
  EndsSoon: (at: string) => `Its trial ends at ${at}; then it is suspended unless it goes to another plan`,
  Ended: (at: string) => `Its trial ended at ${at}: extend it, move it to another plan, or remove it`,
  Converted: () => 'It went to another plan',
  NotSoon: (at: string) => `Its trial was extended to ${at}`,
} as const

async function giveNotice({ clock, noticeMs }: Deps, tx: Tx): Promise<void> {
  const now = clock.now()
  const until = new Date(now.getTime() + noticeMs).toISOString()
  for (const { id, generation, endsAt, reason } of await trialStore.notices(tx, now.toISOString(), until, AT_ONCE)) {
    await reportCondition(tx, {
      subject: `tenant:${id}`,
      tenantId: id,
      type: 'TrialEnding',
      status: reason === 'EndsSoon' || reason === 'Ended' ? 'true' : 'false',
      reason,
      message: SAID[reason](endsAt),
      observedGeneration: generation,
    })
  }
}

const LOOK_EVERY_MS = 30_000

/** Looks after trials as long as it runs. */
export function startTrials(deps: Deps): { stop: () => Promise<void> } {
  let looking: Promise<unknown> = Promise.resolve()
  const look = () =>
    (looking = lookAtTrials(deps).catch((err: unknown) =>
      deps.logger.warn({ event: 'trials.not-looked', err }, 'trials are looked at again at the next look'),
    ))
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
