import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { NativeConnection } from '@temporalio/worker'
import { Problem } from '../../control-plane/domain/problem.ts'
import { openDatabase } from '../../control-plane/platform/database.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import { workflowBundle } from '../../workflows/bundle.ts'
import { openRegions, type Regions } from '../../workflows/regions/regions.ts'
import { composeSteps } from '../../workflows/worker/compose.ts'
import { createWorkerFor } from '../../workflows/worker/create-worker.ts'
import type { StepCall } from '../../workflows/worker/step-interceptor.ts'
import { toolBinary } from './kubernetes.ts'
import { quietRuntime, TEST_CACHE } from './temporal-worker.ts'
import { TEST_NAMESPACE } from './temporal.ts'

/** Where an operation breaks: `passing` faults are retried, `fatal` ones end the operation. */
export type Fault = { step: string; when: 'before' | 'after'; kind: 'passing' | 'fatal' }

export type FaultyWorker = {
  /** Says how an operation breaks; null: it does not. Until this is said its first step waits. */
  arrange: (operationId: string, fault: Fault | null) => void
  /** Whether the fault of an operation has happened. */
  happened: (operationId: string) => boolean
  regions: Regions
  stop: () => Promise<void>
}

const CHARTS = path.join(import.meta.dirname, '..', '..', 'charts')

/** The plane's own worker on an estate that was started without one, with a hand around every effect. */
export async function faultyWorker(estate: Estate): Promise<FaultyWorker> {
  quietRuntime()
  const url = (await readFile(estate.credentials.url('plane-worker'), 'utf8')).trim()
  const database = openDatabase({ url, applicationName: 'test-worker', max: 16 })
  const connection = await NativeConnection.connect({ address: estate.temporalAddress })
  const logger = createLogger({ level: 'silent', process: 'test' })
  const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: CHARTS }))
  const plans = new Map<string, PromiseWithResolvers<Fault | null>>()
  const done = new Set<string>()
  const planOf = (operationId: string) => {
    const known = plans.get(operationId) ?? Promise.withResolvers<Fault | null>()
    plans.set(operationId, known)
    return known
  }
  const around =
    (when: Fault['when']) =>
    async ({ operationId, step }: StepCall) => {
      const fault = await planOf(operationId).promise
      if (fault?.step !== step || fault.when !== when || done.has(operationId)) return
      done.add(operationId)
      throw new Problem('test.fault', {
        status: 500,
        retryable: fault.kind === 'passing',
        title: 'It broke on purpose',
      })
    }
  const worker = await createWorkerFor({
    connection,
    namespace: TEST_NAMESPACE,
    bundle: await workflowBundle({ cache: TEST_CACHE }),
    log: logger,
    hooks: { beforeEffect: around('before'), afterEffect: around('after') },
    ...composeSteps({ database, regions, logger }),
  })
  const running = worker.run()
  return {
    arrange: (operationId, fault) => planOf(operationId).resolve(fault),
    happened: (operationId) => done.has(operationId),
    regions,
    async stop() {
      worker.shutdown()
      await running
      await Promise.all([regions.close(), connection.close(), database.close()])
    },
  }
}
