import { setTimeout as delay } from 'node:timers/promises'
import type { Meter } from '@opentelemetry/api'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import type { Logger } from '../../platform/logger.ts'
import { checkpointStore } from './audit.checkpoint-store.ts'
import type { Broken, WriteCheckpoint } from './audit.checkpoint.ts'

/** An event waits at most this long, or until so many others wait with it, before a checkpoint signs it. */
const EVERY_MS = 300_000
const EVERY_EVENTS = 1000
const LOOK_MS = 5_000

type Deps = {
  database: Pick<Database, 'transaction'>
  checkpoint: WriteCheckpoint
  clock: Clock
  logger: Pick<Logger, 'warn' | 'error' | 'info'>
  meter: Meter
}
export type Schedule = {
  /** Looks once whether a checkpoint is due, and writes it. */
  look: () => Promise<void>
  stop: () => Promise<void>
}

/** Signs the record on a schedule. Any number of processes may do it: they take turns, and the second finds nothing to sign. */
export function startCheckpoints(deps: Deps, lookMs = LOOK_MS): Schedule {
  const { database, clock, logger } = deps
  const ending = new AbortController()
  let broken: readonly Broken[] = []
  let [quietUntil, failing] = [0, false]
  const gauge = deps.meter.createObservableGauge('steward_audit_broken_streams', {
    description: 'Streams of the audit record that are not what was written; see the runbook audit-verification-failed',
  })
  gauge.addCallback((result) => result.observe(broken.length))

  async function write(): Promise<void> {
    const signed = await database.transaction((tx) => deps.checkpoint(tx))
    broken = signed.broken
    for (const { stream, sequence, fault } of broken) {
      logger.error(
        { event: 'audit.verification-failed', stream, sequence, fault },
        'the audit record was changed behind the back of the plane',
      )
    }
    if (broken.length > 0) quietUntil = clock.now().getTime() + EVERY_MS
    const { sequence, events } = signed.checkpoint ?? {}
    if (sequence !== undefined) logger.info({ event: 'audit.checkpoint', sequence, events }, 'audit record signed')
  }
  async function look(): Promise<void> {
    const now = clock.now().getTime()
    if (now < quietUntil) return
    const [behind, last] = await database.transaction(
      async (tx) => [await checkpointStore.behind(tx), await checkpointStore.last(tx)] as const,
    )
    const age = last === undefined ? Infinity : now - new Date(last.at).getTime()
    if (behind >= EVERY_EVENTS || (behind > 0 && age >= EVERY_MS) || behind < 0) await write()
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      try {
        await look()
        failing = false
      } catch (err) {
        if (!failing) logger.warn({ event: 'audit.not-signed', err }, 'the audit record cannot be signed; trying on')
        failing = true
      }
      await delay(lookMs, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const done = run()
  return {
    look,
    stop: async () => {
      ending.abort()
      await done
    },
  }
}
