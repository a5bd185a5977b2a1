import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { NativeConnection } from '@temporalio/worker'
import { Problem } from '../../control-plane/domain/problem.ts'
import { openDatabase } from '../../control-plane/platform/database.ts'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { createRenderer } from '../../stacks/kubernetes/render.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import { workflowBundle } from '../../workflows/bundle.ts'
import { localBackups } from '../../workflows/regions/local-backups.ts'
import { localStacks } from '../../workflows/regions/local-stacks.ts'
import { openRegions, type Regions } from '../../workflows/regions/regions.ts'
import { signerOf } from './signer.ts'
import { composeSteps } from '../../workflows/worker/compose.ts'
import { createWorkerFor } from '../../workflows/worker/create-worker.ts'
import type { StepCall } from '../../workflows/worker/step-interceptor.ts'
import { toolBinary } from './kubernetes.ts'
import { quietRuntime, TEST_CACHE } from './temporal-worker.ts'
import { TEST_NAMESPACE } from './temporal.ts'

/** Where an operation breaks: `passing` faults are retried, `fatal` ones end the operation. */
export type Fault = { step: string; when: 'before' | 'after'; kind: 'passing' | 'fatal' }

export type FaultyWorker = {
  /** Says how an operation breaks, each fault once. Until this is said its first step waits. */
  arrange: (operationId: string, faults: readonly Fault[]) => void
  /** How many faults of an operation have happened. */
  happened: (operationId: string) => number
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
  const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: [CHARTS] }))
  const plans = new Map<string, PromiseWithResolvers<readonly Fault[]>>()
  const done = new Map<string, Set<Fault>>()
  const planOf = (operationId: string) => {
    const known = plans.get(operationId) ?? Promise.withResolvers<readonly Fault[]>()
    plans.set(operationId, known)
    return known
  }
  const around =
    (when: Fault['when']) =>
    async ({ operationId, step }: StepCall) => {
      const faults = await planOf(operationId).promise
      const happened = done.get(operationId) ?? new Set<Fault>()
      const fault = faults.find((one) => one.step === step && one.when === when && !happened.has(one))
      if (!fault) return
      done.set(operationId, happened.add(fault))
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
    ...composeSteps({
      database,
      regions,
      stacks: localStacks(undefined),
      stackBackups: localBackups(undefined),
      ...(await signerOf(estate.credentials.sealingKey)),
      logger,
    }),
  })
  const running = worker.run()
  return {
    arrange: (operationId, faults) => planOf(operationId).resolve(faults),
    happened: (operationId) => done.get(operationId)?.size ?? 0,
    regions,
    async stop() {
      worker.shutdown()
      await running
      await Promise.all([regions.close(), connection.close(), database.close()])
    },
  }
}
