import { SpanKind } from '@opentelemetry/api'
import type { Database } from '../../platform/database.ts'
import type { Logger } from '../../platform/logger.ts'
import { startRelay, type Relay } from '../../platform/relay.ts'
import { inSpan } from '../../platform/spans.ts'
import { deliverDecision, type ApprovalDeps } from './operations.admit-approved.ts'
import { approvalsStore } from './operations.approvals-store.ts'
import { closeOperation } from './operations.close.ts'
import type { OperationInput } from './operations.contract.ts'
import type { OperationEngine } from './operations.engine.ts'
import { unobserved } from './operations.meters.ts'
import { plansStore } from './operations.plans-store.ts'
import { endUnmade } from './operations.plans-unmade.ts'
import { promote } from './operations.promoter.ts'
import { BATCH, relayStore } from './operations.relay-store.ts'
import { OPERATIONS_CHANNEL } from './operations.row.ts'

export type RelayDeps = Omit<ApprovalDeps, 'onError' | 'database'> & {
  database: Pick<Database, 'transaction' | 'statement' | 'listen'>
  engine: OperationEngine
  logger: Pick<Logger, 'warn' | 'info' | 'error'>
}

const POLL_MS = 1000
/** Of no operation that runs: what only waits has no epoch. */
const UNADMITTED = 0
/** Calls to the engine at once. */
const WIDTH = 16

/**
 * Brings rows to the engine: starts what was admitted, tells cancels, closes the queued and waiting ones that were asked to
 * stop, acts on approvals, ends what could not be planned, and admits whatever was left in line by a crash. Work is found by state, so any number may run beside each other and none has to survive.
 */
export async function startOperationsRelay(deps: RelayDeps): Promise<Relay> {
  const { database, logger } = deps
  let failing = false
  return startRelay({
    name: 'operations',
    database,
    channel: OPERATIONS_CHANNEL,
    pollMs: POLL_MS,
    backoff: { firstMs: 100, longestMs: 5000 },
    work: async () => {
      const more = await relayRound(deps)
      if (failing) logger.info({ event: 'operations.relay-recovered' }, 'operations are delivered again')
      failing = false
      return more
    },
    onError: (err, waitMs) => {
      deps.observer?.failed('relay')
      if (!failing)
        logger.error({ event: 'operations.relay-failing', err, waitMs }, 'operations cannot be delivered; trying on')
      failing = true
    },
  })
}

/** One round. Everything is tried; what the engine refused is thrown at the end. Returns whether there may be more. */
export async function relayRound(deps: RelayDeps): Promise<boolean> {
  const { database, engine, hooks, logger, observer = unobserved } = deps
  const onError = (err: unknown) =>
    logger.warn({ event: 'operations.promotion-failed', err }, 'promotion failed; the next round repeats it')

  const starts = await database.statement((tx) => tx.all(relayStore.undelivered))
  const started = await settleAll(starts, ({ traceParent, ...operation }) => deliver(engine, operation, traceParent))
  const delivered = started.done.map(({ operationId }) => operationId)
  if (delivered.length > 0) await database.statement((tx) => tx.run(relayStore.markDelivered, delivered))

  const planned = await deliverPlans(deps)

  const stops = await database.statement((tx) => tx.all(relayStore.toCancel))
  const running = stops.filter(({ state }) => state === 'running')
  const told = await settleAll(running, ({ operationId }) => engine.cancel(operationId))
  const stopped = told.done.map(({ operationId }) => operationId)
  if (stopped.length > 0) await database.statement((tx) => tx.run(relayStore.markCancelled, stopped))

  const idle = stops.filter(({ state }) => state !== 'running')
  // It may be admitted or closed by another relay meanwhile: then there is nothing to do here.
  const close = (operationId: string) =>
    closeOperation({ database, hooks, onError, observer }, { operationId, epoch: null, outcome: 'cancelled' })
  const closed = await settleAll(idle, ({ operationId }) => close(operationId))
  const due = await database.statement((tx) => tx.all(approvalsStore.due, deps.clock.now().toISOString()))
  const decided = await settleAll(due, (one) => deliverDecision({ ...deps, onError }, one))
  const unmade = await database.statement((tx) => tx.all(plansStore.unmade))
  const ended = await settleAll(unmade, (one) => endUnmade({ database, hooks, onError, observer }, one))
  await promote(database, hooks)

  const [fault] = [started, planned, told, closed, decided, ended].flatMap(({ faults }) => faults)
  if (fault !== undefined) throw fault.reason
  return [starts, stops, due, unmade].some(({ length }) => length === BATCH)
}

/** Has the change plans made that were asked for. */
async function deliverPlans({ database, engine }: Pick<RelayDeps, 'database' | 'engine'>) {
  const plans = await database.statement((tx) => tx.all(plansStore.undelivered))
  const begun = await settleAll(plans, ({ traceParent, number: _number, ...plan }) =>
    inSpan('operation.plan', { kind: SpanKind.PRODUCER, parent: traceParent, attributes: {} }, () =>
      engine.plan({ ...plan, epoch: UNADMITTED }),
    ),
  )
  const delivered = begun.done.map(({ planId }) => planId)
  if (delivered.length > 0) await database.statement((tx) => tx.run(plansStore.markDelivered, delivered))
  return begun
}

/** In the trace of the request that asked for it, however long ago that was. */
const deliver = (engine: OperationEngine, operation: OperationInput, parent: string | null): Promise<void> =>
  inSpan(
    'operation.deliver',
    {
      kind: SpanKind.PRODUCER,
      parent,
      attributes: { 'steward.operation.id': operation.operationId, 'steward.operation.kind': operation.kind },
    },
    () => engine.start(operation),
  )

/** Runs `work` on all items, `WIDTH` at a time; one fault does not keep the others waiting. */
async function settleAll<T>(items: readonly T[], work: (item: T) => Promise<unknown>) {
  const done: T[] = []
  const faults: { reason: unknown }[] = []
  const waiting = [...items]
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item)
        done.push(item)
      } catch (reason) {
        faults.push({ reason })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, lane))
  return { done, faults }
}
