import { setTimeout as pause } from 'node:timers/promises'
import { NativeConnection, type Worker } from '@temporalio/worker'
import type { Logger } from '../../control-plane/platform/logger.ts'
import { createWorkerFor, type WorkerParts } from './create-worker.ts'
import { safeError } from './safe-error.ts'

export type Work = {
  /** Whether tasks are being taken. */
  polling: () => boolean
  /** Ends the steps in progress, takes nothing new and disconnects. */
  drain: () => Promise<void>
  /** Settles when the worker has ended, after a drain or by itself. */
  ended: Promise<void>
}

const AGAIN_MS = 500

/** Runs a worker as soon as Temporal answers: the server may start after us. */
export function keepWorking(options: {
  address: string
  parts: Omit<WorkerParts, 'connection'>
  logger: Logger
}): Work {
  const { address, parts, logger } = options
  const stopping = new AbortController()
  let worker: Worker | undefined
  const run = async () => {
    const connection = await connect(address, logger, stopping.signal)
    if (!connection) return
    try {
      worker = await createWorkerFor({ ...parts, connection })
      if (!stopping.signal.aborted) await worker.run()
    } finally {
      await connection.close()
    }
  }
  const ended = run()
  return {
    polling: () => worker?.getState() === 'RUNNING',
    drain: async () => {
      stopping.abort()
      if (worker?.getState() === 'RUNNING') worker.shutdown()
      await ended.catch(() => {}) // whoever awaits `ended` hears of it
    },
    ended,
  }
}

async function connect(address: string, logger: Logger, signal: AbortSignal): Promise<NativeConnection | undefined> {
  for (let said = false; !signal.aborted; said = true) {
    try {
      return await NativeConnection.connect({ address })
    } catch (error) {
      if (!said)
        logger.warn(
          { event: 'temporal.unreachable', address, err: safeError(error) },
          'Temporal does not answer; trying on',
        )
      await pause(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }
  return undefined
}
