import { NativeConnection } from '@temporalio/worker'
import { openDatabase } from '../../../control-plane/platform/database.ts'
import { createLogger } from '../../../control-plane/platform/logger.ts'
import { createRenderer } from '../../../stacks/kubernetes/render.ts'
import { workflowBundle } from '../../../workflows/bundle.ts'
import { localBackups } from '../../../workflows/regions/local-backups.ts'
import { localStacks } from '../../../workflows/regions/local-stacks.ts'
import { openRegions } from '../../../workflows/regions/regions.ts'
import { composeSteps } from '../../../workflows/worker/compose.ts'
import { signerOf } from '../../support/signer.ts'
import { createWorkerFor } from '../../../workflows/worker/create-worker.ts'
import type { StepCall } from '../../../workflows/worker/step-interceptor.ts'
import { quietRuntime, TEST_CACHE } from '../../support/temporal-worker.ts'
import type { HeldInput, Told } from './held-worker.ts'

/** The plane's worker in a process of its own, which asks its parent before and after every effect. */
async function main(input: HeldInput): Promise<void> {
  const { databaseUrl, sealingKeyFile, temporal, namespace, helm, charts } = input
  quietRuntime()
  const database = openDatabase({ url: databaseUrl, applicationName: 'held-worker', max: 16 })
  const logger = createLogger({ level: 'silent', process: 'test' })
  const waiting = new Map<number, () => void>()
  let asked = 0
  const tell = (told: Told) => process.send?.(told)
  process.on('message', (go: { go: number }) => waiting.get(go.go)?.())
  process.on('disconnect', () => process.exit(1)) // nobody is left to live for
  const around = (when: 'before' | 'after') => (call: StepCall) =>
    new Promise<void>((resolve) => {
      asked += 1
      waiting.set(asked, resolve)
      tell({ type: 'at', number: asked, when, operationId: call.operationId, step: call.step })
    })
  const noteFailure = (fields: object) => {
    const { event, operationId, step, err } = fields as {
      event: string
      operationId: string
      step: string
      err?: { code?: string; type?: string }
    } // a line of ours
    if (event === 'step.failed') tell({ type: 'failed', operationId, step, code: err?.code ?? err?.type ?? 'none' })
  }
  const worker = await createWorkerFor({
    connection: await NativeConnection.connect({ address: temporal }),
    namespace,
    bundle: await workflowBundle({ cache: TEST_CACHE }),
    log: { info: () => {}, warn: noteFailure },
    hooks: { beforeEffect: around('before'), afterEffect: around('after') },
    ...composeSteps({
      database,
      regions: openRegions(createRenderer({ helm, charts })),
      stacks: localStacks(undefined),
      stackBackups: localBackups(undefined),
      ...(await signerOf(sealingKeyFile)),
      logger,
    }),
  })
  tell({ type: 'ready' })
  await worker.run()
}

await main(JSON.parse(process.argv[2] ?? '') as HeldInput) // the parent is this same checkout
