import { type KubeClient, KubeError } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { sleep } from '../kube/reflector.ts'
import { type PodId, type PodStatus, podPath } from './pod-types.ts'

export interface StatusWriter {
  /** Takes the newest status; what is waiting is replaced, what is unchanged is not sent. */
  write: (status: PodStatus) => void
  /** Resolves once everything taken so far is written, or the pod is gone. */
  flush: () => Promise<void>
  stop: () => void
}

const LONGEST_PAUSE_MS = 2_000

/** Writes one pod's status, one request at a time, again and again while the API server is away. */
export function createStatusWriter(client: KubeClient, id: PodId, log: Log): StatusWriter {
  const abort = new AbortController()
  let wanted: PodStatus | null = null
  let written = ''
  let running: Promise<void> | null = null

  const run = async (): Promise<void> => {
    let pause = 50
    while (wanted && !abort.signal.aborted) {
      const status = wanted
      const text = JSON.stringify(status)
      if (text === written) {
        wanted = null
        break
      }
      try {
        await client.patch(`${podPath(id)}/status`, patchOf(id, status))
        written = text
        if (wanted === status) wanted = null
      } catch (error) {
        // Gone, or another pod of the same name: there is nobody left to tell.
        if (error instanceof KubeError && (error.status === 404 || error.status === 409)) return abort.abort()
        log.debug({ event: 'pod.status-failed', ...id, err: error }, 'pod status not written, trying again')
        await sleep(pause, abort.signal)
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
      }
    }
  }
  const kick = (): void => {
    running ??= run().finally(() => {
      running = null
      if (wanted && !abort.signal.aborted) kick() // arrived between the last look and here
    })
  }
  return {
    write(status) {
      wanted = status
      kick()
    },
    flush: async () => {
      for (let busy = running; busy; busy = running) await busy
    },
    stop: () => abort.abort(),
  }
}

/** Strategic merge keeps the conditions of other writers; addresses are keyed lists and must be replaced whole. */
const patchOf = ({ uid }: PodId, status: PodStatus) => ({
  metadata: { uid },
  status: {
    ...status,
    podIPs: [...(status.podIPs ?? []), { $patch: 'replace' }],
    hostIPs: [...(status.hostIPs ?? []), { $patch: 'replace' }],
  },
})
