import { type RestartPolicy, runContainer } from './container-runner.ts'
import { type LiveRecord, type PodContext, volumesFolder } from './pod-context.ts'
import { ConfigError } from './pod-types.ts'
import type { createTokens } from './service-account-tokens.ts'
import { unsupportedBy } from './unsupported.ts'
import { type VolumeInputs, writeVolume } from './volumes.ts'

export type PodRun = {
  /** Brings the volumes up to date with their sources. */
  sync: () => void
  /** Resolves when nothing of the pod runs or will run. */
  finished: Promise<void>
}

/** A volume that cannot be written is tried again after at most this long, in milliseconds; a change of its source is immediate. */
const RETRY_MS = 5_000

/** Starts a pod's volumes, init containers and containers, in this order. */
export function runPod(
  ctx: PodContext,
  records: readonly LiveRecord[],
  tokens: ReturnType<typeof createTokens>,
): PodRun {
  const volumes = createVolumes(ctx, tokens)
  const phase = ctx.pod().status?.phase
  if (phase === 'Succeeded' || phase === 'Failed') return { sync: () => undefined, finished: Promise.resolve() }
  return { sync: () => volumes.sync(), finished: run(ctx, records, volumes) }
}

async function run(ctx: PodContext, records: readonly LiveRecord[], volumes: Volumes): Promise<void> {
  const { spec } = ctx.pod()
  const policy = (spec?.restartPolicy ?? 'Always') as RestartPolicy // the API server only stores these three
  const refusals = unsupportedBy(ctx.pod())
  if (refusals.length > 0) {
    wait(records, 'CreateContainerConfigError', refusals.join('; '))
    return ctx.publish()
  }
  ctx.publish()
  if (!(await volumes.ready(records))) return
  const record = (name: string) => records.find((known) => known.name === name)
  for (const container of spec?.initContainers ?? []) {
    const mine = record(container.name)
    if (!mine || mine.state.terminated?.exitCode === 0) continue
    if (!mine.state.terminated) await runContainer(ctx, container, mine, policy === 'Always' ? 'OnFailure' : policy)
    if (mine.state.terminated?.exitCode !== 0) return ctx.publish() // the pod has failed, or ends
  }
  const open = (spec?.containers ?? []).flatMap((container) => {
    const mine = record(container.name)
    return mine && !mine.state.terminated ? [runContainer(ctx, container, mine, policy)] : []
  })
  await Promise.all(open)
  ctx.publish()
}

function wait(records: readonly LiveRecord[], reason: string, message: string): void {
  for (const record of records) if (record.state.waiting) record.state = { waiting: { reason, message } }
}

type Volumes = ReturnType<typeof createVolumes>

function createVolumes(ctx: PodContext, tokens: Pick<VolumeInputs, 'token'>) {
  const written = new Map<string, string>()
  let queue: Promise<void> = Promise.resolve()
  let complete = false
  const inputs: VolumeInputs = { data: ctx.sources.data, token: tokens.token }

  const writeAll = async (): Promise<void> => {
    for (const volume of ctx.pod().spec?.volumes ?? []) {
      const to = { folder: volumesFolder(ctx.folder), account: ctx.parts.account, written: written.get(volume.name) }
      written.set(volume.name, await writeVolume(to, volume, ctx.pod(), inputs))
    }
  }
  /** Like the kubelet: an object that goes away under a running pod leaves its files as they are. */
  const update = () =>
    writeAll().catch((err: unknown) => {
      ctx.parts.log.warn({ event: 'pod.volume-failed', ...ctx.id, err }, 'volume not updated')
    })
  return {
    sync(): void {
      if (complete && !ctx.signal.aborted) queue = queue.then(update)
    },
    /** Waits until all volumes are there; false when the pod ends before. */
    async ready(records: readonly LiveRecord[]): Promise<boolean> {
      while (!ctx.signal.aborted) {
        if (!ctx.sources.synced()) {
          await ctx.change(RETRY_MS)
          continue
        }
        try {
          await writeAll()
          complete = true
          return true
        } catch (error) {
          if (!(error instanceof ConfigError))
            ctx.parts.log.error({ event: 'pod.volume-failed', ...ctx.id, err: error }, 'volume not written')
          wait(records, 'ContainerCreating', error instanceof Error ? error.message : String(error))
          ctx.publish()
          await ctx.change(RETRY_MS)
        }
      }
      return false
    },
  }
}
