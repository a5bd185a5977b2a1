import type { LiveRecord } from './pod-context.ts'
import type { Container, ContainerStatus } from './pod-types.ts'
import type { RestartPolicy } from './container-runner.ts'

/**
 * What is known of a container when its pod is taken up: nothing yet, or what its status said before this node was restarted. What ran
 * then has been ended. It counts as killed: started again where the policy wants it, else failed.
 */
export function restoreRecord(
  container: Container,
  { init, policy, now }: { init: boolean; policy: RestartPolicy; now: string },
  before: ContainerStatus | undefined,
): LiveRecord {
  const fresh: LiveRecord = {
    name: container.name,
    init,
    image: container.image ?? '',
    imageId: before?.imageID ?? '',
    state: { waiting: { reason: init ? 'PodInitializing' : 'ContainerCreating' } },
    lastState: before?.lastState ?? {},
    restarts: before?.restartCount ?? 0,
    started: false,
    ready: false,
    process: null,
    log: null,
  }
  const running = before?.state?.running
  const ended = running
    ? {
        exitCode: 137,
        reason: 'NodeRestarted',
        message: 'ended with the node',
        finishedAt: now,
        ...(running.startedAt ? { startedAt: running.startedAt } : {}),
      }
    : before?.state?.terminated
  if (!ended) return fresh
  const done = policy === 'Never' || (policy === 'OnFailure' && ended.exitCode === 0)
  if (done) return { ...fresh, state: { terminated: ended } }
  return { ...fresh, lastState: { terminated: ended }, restarts: fresh.restarts + 1 }
}
