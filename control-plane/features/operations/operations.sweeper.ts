import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '../../platform/database.ts'
import { closeOperation, ignoreSettled, type CloseDeps } from './operations.close.ts'
import { LOST } from './operations.errors.ts'
import { unobserved } from './operations.meters.ts'
import { BATCH, relayStore } from './operations.relay-store.ts'
import { recoverPlans } from './operations.plans-lost.ts'
import type { RelayDeps } from './operations.relay.ts'
import { stepsStore } from './operations.steps-store.ts'

export type SweepDeps = Pick<RelayDeps, 'engine' | 'logger'> &
  Pick<CloseDeps, 'hooks' | 'observer'> & { database: Pick<Database, 'transaction' | 'statement'> }

/** A workflow that was just started may not be visible yet. */
const GRACE_MS = 5000
const EVERY_MS = 10_000

/**
 * Compares running operations with the engine. One whose workflow is gone is settled as failed `operation.lost`, but not before
 * every lease of its steps has run out: until then an activity may still be alive, and the claims keep others away from it.
 * Returns the ids it settled.
 */
export async function sweep(deps: SweepDeps, graceMs = GRACE_MS): Promise<string[]> {
  const { database, engine, hooks, logger, observer = unobserved } = deps
  const onError = (err: unknown) =>
    logger.warn({ event: 'operations.promotion-failed', err }, 'promotion failed; the relay repeats it')
  const lost: string[] = []
  for (let after = 0; ;) {
    const batch = await database.statement((tx) => tx.all(relayStore.unattended, after, graceMs))
    for (const { operationId, epoch, sequence } of batch) {
      after = sequence
      if ((await engine.look(operationId)) === 'running') continue
      const unless: Parameters<typeof closeOperation>[1]['unless'] = async (tx) =>
        (await tx.one(stepsStore.anyAlive, operationId)).alive
      const ended = await closeOperation(
        { database, hooks, onError, observer },
        { operationId, epoch, outcome: 'failed', error: LOST, unless },
      ).catch(ignoreSettled)
      if (!ended) continue
      lost.push(operationId)
      logger.warn({ event: 'operation.lost', operationId }, 'an operation whose workflow is gone was settled')
    }
    if (batch.length < BATCH) return lost
  }
}

/** The same for those who make change plans: what one has left unmade is planned again. */
export async function sweepPlans(
  { database, engine, clock, logger }: Pick<SweepDeps, 'database' | 'engine' | 'logger'> & Pick<RelayDeps, 'clock'>,
  graceMs = GRACE_MS,
): Promise<string[]> {
  const lost = await recoverPlans({ database, engine }, clock.now, graceMs)
  for (const { operationId, planId, again } of lost)
    logger.warn({ event: 'plan.lost', operationId, planId, again }, 'a change plan whose workflow is gone was given up')
  return lost.map(({ planId }) => planId)
}

/** Sweeps every ten seconds until stopped. A sweep that fails is logged once and repeated by the next. */
export function startSweeper(
  deps: SweepDeps & Pick<RelayDeps, 'clock'>,
  everyMs = EVERY_MS,
): { stop: () => Promise<void> } {
  const ending = new AbortController()
  let failing = false
  const run = async () => {
    while (!ending.signal.aborted) {
      try {
        await sweep(deps)
        await sweepPlans(deps)
        failing = false
      } catch (err) {
        deps.observer?.failed('sweeper')
        if (!failing)
          deps.logger.error(
            { event: 'operations.sweep-failing', err },
            'operations cannot be compared with the engine; trying on',
          )
        failing = true
      }
      await delay(everyMs, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const done = run()
  return {
    stop: async () => {
      ending.abort()
      await done
    },
  }
}
