import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { NativeConnection } from '@temporalio/worker'
import { openDatabase } from '../../../control-plane/platform/database.ts'
import { createLogger } from '../../../control-plane/platform/logger.ts'
import { createRenderer } from '../../../stacks/kubernetes/render.ts'
import { workflowBundle } from '../../../workflows/bundle.ts'
import { localBackups } from '../../../workflows/regions/local-backups.ts'
import { localStacks } from '../../../workflows/regions/local-stacks.ts'
import { openRegions } from '../../../workflows/regions/regions.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { signerOf } from '../../support/signer.ts'
import { composeSteps } from '../../../workflows/worker/compose.ts'
import { createWorkerFor } from '../../../workflows/worker/create-worker.ts'
import type { StepCall } from '../../../workflows/worker/step-interceptor.ts'
import { toolBinary } from '../../support/kubernetes.ts'
import type { Place } from '../../support/subject-life.ts'
import { quietRuntime, TEST_CACHE } from '../../support/temporal-worker.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'
import { heldFile, killedFile, planFile, struckFile, type CrewOrders, type Plan } from './orders.ts'

/**
 * The plane's own worker, which ends itself by SIGKILL where its orders say so: no handler runs, nothing is flushed, exactly as
 * when the kernel kills it. Each place kills once, whichever worker of the crew gets there first. Where they say that something else is
 * struck, it waits until that is done.
 */
const orders = JSON.parse(process.env['KILL_ORDERS'] ?? '') as CrewOrders // written by the crew that starts this program
const CHARTS = path.join(import.meta.dirname, '..', '..', '..', 'charts')
const LOOK_EVERY_MS = 10

async function planFor(operationId: string): Promise<Plan> {
  const file = planFile(orders.folder, operationId)
  while (!existsSync(file)) await pause(LOOK_EVERY_MS) // an operation waits until the test has said how it is disturbed
  return JSON.parse(readFileSync(file, 'utf8')) as Plan
}

const around =
  (when: Place['when']) =>
  async ({ operationId, step }: StepCall): Promise<void> => {
    const { kills, strikes = [], breaks } = await planFor(operationId)
    const here = (place: Place) => place.step === step && place.when === when
    for (const place of strikes.filter(here)) {
      writeFileSync(heldFile(orders.folder, operationId, place), '')
      while (!existsSync(struckFile(orders.folder, operationId, place))) await pause(LOOK_EVERY_MS)
    }
    for (const place of kills.filter(here)) {
      const killed = killedFile(orders.folder, operationId, place)
      if (existsSync(killed)) continue
      writeFileSync(killed, '')
      process.kill(process.pid, 'SIGKILL')
    }
    if (breaks?.step === step && breaks.when === when)
      throw new Problem('test.fault', { status: 500, retryable: false, title: 'It broke on purpose' })
  }

process.stdin.on('end', () => process.exit(1)).resume() // nobody is left to live for
quietRuntime()
const url = (await readFile(orders.databaseUrlFile, 'utf8')).trim()
const database = openDatabase({ url, applicationName: 'killable-worker', max: 8 })
const logger = createLogger({ level: 'silent', process: 'test' })
const regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: [CHARTS] }))
const worker = await createWorkerFor({
  connection: await NativeConnection.connect({ address: orders.temporalAddress }),
  namespace: TEST_NAMESPACE,
  bundle: await workflowBundle({ cache: TEST_CACHE }),
  log: logger,
  tuning: { maxConcurrentActivityTaskExecutions: 1 }, // who dies takes no other life's step along
  hooks: { beforeEffect: around('before'), afterEffect: around('after') },
  ...composeSteps({
    database,
    regions,
    stacks: localStacks(undefined),
    stackBackups: localBackups(undefined),
    ...(await signerOf(orders.sealingKeyFile)),
    logger,
  }),
})
flushCompileCache() // one that is killed keeps nothing by itself
process.once('SIGTERM', () => worker.shutdown())
await worker.run()
await Promise.all([regions.close(), database.close()])
process.exit(0)
