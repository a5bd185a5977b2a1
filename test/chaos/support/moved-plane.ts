import { NativeConnection } from '@temporalio/worker'
import { buildPlane } from '../../../control-plane/app.ts'
import type { Clock } from '../../../control-plane/platform/clock.ts'
import { loadConfig } from '../../../control-plane/platform/config.ts'
import { openDatabase } from '../../../control-plane/platform/database.ts'
import { createLogger } from '../../../control-plane/platform/logger.ts'
import { sealingKey } from '../../../control-plane/platform/sealing.ts'
import { createSigning } from '../../../control-plane/platform/signing.ts'
import { connectTemporal } from '../../../control-plane/platform/temporal.ts'
import { createRenderer } from '../../../stacks/kubernetes/render.ts'
import type { Estate } from '../../../stacks/local/estate.ts'
import { workflowBundle } from '../../../workflows/bundle.ts'
import { localBackups } from '../../../workflows/regions/local-backups.ts'
import { localStacks } from '../../../workflows/regions/local-stacks.ts'
import { openRegions } from '../../../workflows/regions/regions.ts'
import { composeSteps } from '../../../workflows/worker/compose.ts'
import { createWorkerFor } from '../../../workflows/worker/create-worker.ts'
import { toolBinary } from '../../support/kubernetes.ts'
import { planeClient, type PlaneClient } from '../../support/plane.ts'
import { quietRuntime, TEST_CACHE } from '../../support/temporal-worker.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'

export type MovedPlane = {
  plane: PlaneClient
  /** Moves the time that API and worker see to so many minutes beside the real one. */
  moveTo: (minutes: number) => void
  stop: () => Promise<void>
}

/** The plane's API with its loops and the plane's worker in this process, on the servers of an estate, with a clock that can be moved. */
export async function movedPlane(estate: Estate, token: string): Promise<MovedPlane> {
  let offsetMs = 0
  const clock: Clock = { now: () => new Date(Date.now() + offsetMs) }
  const files = {
    DATABASE_URL_FILE: estate.credentials.url('plane-operator'),
    DATABASE_WORKER_URL_FILE: estate.credentials.url('plane-worker'),
    STEWARD_SEALING_KEY_FILE: estate.credentials.sealingKey,
  }
  const config = loadConfig(
    { ...files, TEMPORAL_ADDRESS: estate.temporalAddress, STEWARD_APPROVAL_HOURS: '1', STEWARD_ATTEST_HOURS: '0' },
    ['DATABASE_URL', 'DATABASE_WORKER_URL', 'TEMPORAL_ADDRESS', 'STEWARD_SEALING_KEY'],
  )
  const logger = createLogger({ level: 'silent', process: 'test' })
  const key = sealingKey(config.STEWARD_SEALING_KEY)
  const signing = createSigning({ key, clock })
  const operator = openDatabase({ url: config.DATABASE_URL, applicationName: 'moved-api' })
  const temporal = connectTemporal({ address: config.TEMPORAL_ADDRESS, namespace: TEST_NAMESPACE })
  const api = await buildPlane({ config, databases: { operator }, temporal, signing, clock, logger })
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 })

  quietRuntime()
  const database = openDatabase({ url: config.DATABASE_WORKER_URL, applicationName: 'moved-worker', max: 16 })
  const connection = await NativeConnection.connect({ address: estate.temporalAddress })
  const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: ['charts'] }))
  const worker = await createWorkerFor({
    connection,
    namespace: TEST_NAMESPACE,
    bundle: await workflowBundle({ cache: TEST_CACHE }),
    log: logger,
    ...composeSteps({
      database,
      regions,
      stacks: localStacks(undefined),
      stackBackups: localBackups(undefined),
      signing,
      clock,
      sealingKey: key,
      logger,
    }),
  })
  const running = worker.run()
  return {
    plane: planeClient({ url, token }),
    moveTo: (minutes) => {
      offsetMs = minutes * 60_000
    },
    async stop() {
      worker.shutdown()
      await running
      await api.close()
      await Promise.all([regions.close(), connection.close(), database.close(), operator.close(), temporal.close()])
    },
  }
}
