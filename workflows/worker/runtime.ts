import { type LogLevel, Runtime } from '@temporalio/worker'
import type { Logger } from '../../control-plane/platform/logger.ts'
import { safeError } from './safe-error.ts'

type Meta = Readonly<Record<string, unknown>>

/** Facts of the SDK's lines that are worth keeping; the rest may hold payloads and task tokens. */
const KEPT = [
  'workflowId',
  'runId',
  'workflowType',
  'activityType',
  'attempt',
  'taskQueue',
  'durationMs',
  'target',
] as const

function fields(meta: Meta | undefined): object {
  const kept = Object.fromEntries(KEPT.flatMap((name) => (meta?.[name] === undefined ? [] : [[name, meta[name]]])))
  return { event: 'temporal.log', ...kept, ...(meta?.['error'] === undefined ? {} : { err: safeError(meta['error']) }) }
}

/** The SDK's process-wide part: its lines become ours, and stopping is left to the process. Once per process. */
export function installRuntime(logger: Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error'>): void {
  const say = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (text: string, meta?: Meta) =>
    logger[level]({ ...fields(meta), text }, 'Temporal SDK')
  const levels = {
    TRACE: say('trace'),
    DEBUG: say('debug'),
    INFO: say('debug'),
    WARN: say('warn'),
    ERROR: say('error'),
  } as const
  Runtime.install({
    logger: {
      log: (level: LogLevel, text, meta) => levels[level](text, meta),
      trace: levels.TRACE,
      debug: levels.DEBUG,
      info: levels.INFO, // says that each worker changes state: of no interest above debug
      warn: levels.WARN,
      error: levels.ERROR,
    },
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    shutdownSignals: [],
  })
}
