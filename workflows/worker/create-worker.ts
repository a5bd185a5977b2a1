import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { OPERATION_QUEUE } from '../../control-plane/features/operations/operations.contract.ts'
import type { Recorder } from '../../control-plane/features/operations/operations.recorder.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { allActivities } from './all-activities.ts'
import { spanInterceptor } from '../tracing/step-spans.ts'
import { spanSinks } from '../tracing/workflow-spans.ts'
import { type StepInterceptorDeps, stepInterceptor, type StepHooks, type StepLog } from './step-interceptor.ts'

export type WorkerParts = {
  connection: NativeConnection
  namespace: string
  bundle: { codePath: string }
  /** What the steps call. */
  deps: Omit<StepDeps, 'assertCurrent'>
  recorder: Recorder
  log: StepLog
  /** Called around every effect: where tests put their faults. */
  hooks?: StepHooks
  observe?: StepInterceptorDeps['observe']
  /** Default: the queue of all operations. */
  taskQueue?: string
  /** For tests, for example `maxCachedWorkflows: 0`. */
  tuning?: Pick<
    WorkerOptions,
    | 'maxCachedWorkflows'
    | 'maxConcurrentActivityTaskExecutions'
    | 'shutdownGraceTime'
    | 'shutdownForceTime'
    | 'workflowFailureErrorTypes'
  >
}

/**
 * Sized for 350 MB resident: a cached workflow of ours weighs well under 1 MB, one workflow thread 60 MB, and steps mostly
 * wait for others. Few pollers, because eager execution hands most activities over without a poll.
 */
const SIZE = {
  maxCachedWorkflows: 200,
  workflowThreadPoolSize: 1,
  maxConcurrentWorkflowTaskExecutions: 16,
  maxConcurrentWorkflowTaskPolls: 4,
  maxConcurrentActivityTaskExecutions: 32,
  maxConcurrentActivityTaskPolls: 4,
} as const satisfies Partial<WorkerOptions>

/** A worker that runs every process of the plane; the caller runs it and shuts it down. */
export function createWorkerFor(parts: WorkerParts): Promise<Worker> {
  const {
    connection,
    namespace,
    bundle,
    deps,
    recorder,
    log,
    hooks,
    observe,
    taskQueue = OPERATION_QUEUE,
    tuning = {},
  } = parts
  const around = { recorder, log, ...(hooks ? { hooks } : {}), ...(observe ? { observe } : {}) }
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: bundle,
    activities: allActivities({ ...deps, assertCurrent: recorder.assertCurrent, close: recorder.close, log }),
    interceptors: { activity: [spanInterceptor, stepInterceptor(around)] },
    sinks: spanSinks,
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
    // An operation whose worker has died waits so long for it to come back before another takes it over; the default is 10 s.
    stickyQueueScheduleToStartTimeout: '3s',
    shutdownGraceTime: '5s', // steps in progress may end; the others are told to stop and run again elsewhere
    shutdownForceTime: '15s',
    ...SIZE,
    ...tuning,
  })
}
