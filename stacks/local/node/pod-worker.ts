import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../kube/client.ts'
import { sleep } from '../kube/reflector.ts'
import { shareReadable } from './account.ts'
import { graceOf, stopContainer } from './container-runner.ts'
import type { LiveRecord, NodeParts, PodContext } from './pod-context.ts'
import { runPod } from './pod-run.ts'
import { podStatus } from './pod-status.ts'
import { type Pod, type PodStatus, podId, podPath } from './pod-types.ts'
import type { RestartPolicy } from './container-runner.ts'
import { restoreRecord } from './restore-record.ts'
import { createTokens } from './service-account-tokens.ts'
import { createStatusWriter } from './status-writer.ts'
import { sourcesOf } from './volumes.ts'

export type NodePod = {
  namespace: string
  name: string
  uid: string
  ip: string
  phase: string
  ready: boolean
  containers: { name: string; pid: number | null; restarts: number; ready: boolean; log: string | null }[]
}

export interface PodWorker {
  /** Takes the newest version of the object; a deletion ends the pod and finalises it. */
  update: (pod: Pod) => void
  /** The object is gone: ends what runs and removes every trace. */
  dispose: () => Promise<void>
  /** The node stops: ends what runs within the time (milliseconds) and says so, if somebody still listens. */
  halt: (graceMs: number) => Promise<void>
  describe: () => NodePod
}

const isFinal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** What changes about a pod while it is looked after. */
type Life = {
  pod: Pod
  /** The status as last stated. */
  last: PodStatus
  /** True once nothing of it will be started again. */
  ending: boolean
}

/** Runs one pod bound to this node until it is deleted. */
export function startPod(first: Pod, ip: string, parts: NodeParts): PodWorker {
  const { id, life, ctx, records, writer, running, stop, release } = takeUp(first, ip, parts)
  const closed = new AbortController() // nobody looks after this pod any more
  let terminating: Promise<void> | null = null

  const end = async (graceMs: number): Promise<void> => {
    stop.abort()
    const stopping = containersOf(ctx, records).map(({ container, record }) =>
      stopContainer(ctx, container, record, graceMs),
    )
    await Promise.all(stopping)
    await running.then(({ finished }) => finished)
  }
  const terminate = async (): Promise<void> => {
    await end((life.pod.metadata?.deletionGracePeriodSeconds ?? graceOf(ctx) / 1_000) * 1_000)
    life.ending = true
    if (!isFinal(life.pod)) ctx.publish()
    await writer.flush()
    await finalise(ctx, closed.signal)
  }
  const failed = (err: unknown) => parts.log.error({ event: 'pod.end-failed', ...id, err }, 'pod not ended')
  const update = (next: Pod) => {
    life.pod = next
    if (next.metadata?.deletionTimestamp) terminating ??= terminate().catch(failed)
  }
  update(first)
  void running
    .then(({ finished }) => finished)
    .then(() => {
      // A finished Job's pod stays as long as its Job; its address need not.
      if (life.last.phase === 'Succeeded' || life.last.phase === 'Failed') parts.addresses.release(id.uid)
    })
  return {
    update,
    async dispose() {
      closed.abort()
      writer.stop()
      await end(terminating ? 0 : DISPOSE_GRACE_MS)
      release()
      await rm(ctx.folder, { recursive: true, force: true })
    },
    async halt(graceMs) {
      await end(Math.min(graceMs, graceOf(ctx)))
      if (!isFinal(life.pod)) ctx.publish()
      await Promise.race([writer.flush(), sleep(graceMs, closed.signal)])
      closed.abort()
      writer.stop()
      release()
    },
    describe: () => describe(id, ip, life.last, records),
  }
}

/** Everything a pod needs to run, and the run itself, begun. */
function takeUp(first: Pod, ip: string, parts: NodeParts) {
  const id = podId(first)
  const stop = new AbortController()
  const writer = createStatusWriter(parts.client, id, parts.log)
  const records = recordsOf(first)
  const startTime = first.status?.startTime ?? new Date().toISOString()
  const life: Life = { pod: first, last: first.status ?? {}, ending: false }
  const hostIp = parts.addresses.node
  const wake = new Set<() => void>()

  const changed = () => {
    for (const resolve of wake) resolve()
    void running.then(({ sync }) => sync())
  }
  const refs = first.spec && !isFinal(first) ? sourcesOf(first.spec) : []
  const sources = parts.sources.holdAll(id.namespace, refs, changed)
  const tokens = createTokens(parts.client, first, changed)
  const ctx: PodContext = {
    parts,
    pod: () => ({ ...life.pod, status: { ...life.pod.status, podIP: ip, hostIP: hostIp } }),
    id,
    ip,
    folder: join(parts.home, 'pods', id.uid),
    sources,
    signal: stop.signal,
    publish() {
      const { pod, last, ending } = life
      const now = new Date().toISOString()
      life.last = podStatus({ pod, records, ip, hostIp, startTime, now, known: last.conditions ?? [], ending })
      writer.write(life.last)
    },
    async change(withinMs) {
      const woken = new AbortController()
      const resolve = () => woken.abort()
      wake.add(resolve)
      await sleep(withinMs, AbortSignal.any([stop.signal, woken.signal]))
      wake.delete(resolve)
    },
  }
  const release = () => {
    sources.release()
    tokens.stop()
  }
  const running = prepareFolder(ctx).then(() => runPod(ctx, records, tokens))
  return { id, life, ctx, records, writer, running, stop, release }
}

/** A pod deleted by force has no grace of its own any more; its processes get this long, in milliseconds. */
const DISPOSE_GRACE_MS = 2_000

function recordsOf({ spec, status }: Pod): LiveRecord[] {
  // The API server only stores these three.
  const policy = (spec?.restartPolicy ?? 'Always') as RestartPolicy
  const now = new Date().toISOString()
  const before = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const find = (name: string) => before.find((known) => known.name === name)
  const initPolicy = policy === 'Always' ? 'OnFailure' : policy
  return [
    ...(spec?.initContainers ?? []).map((c) => restoreRecord(c, { init: true, policy: initPolicy, now }, find(c.name))),
    ...(spec?.containers ?? []).map((c) => restoreRecord(c, { init: false, policy, now }, find(c.name))),
  ]
}

const containersOf = (ctx: PodContext, records: readonly LiveRecord[]) => {
  const { spec } = ctx.pod()
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].flatMap((container) => {
    const record = records.find(({ name }) => name === container.name)
    return record ? [{ container, record }] : []
  })
}

async function prepareFolder({ parts, folder }: PodContext): Promise<void> {
  await mkdir(join(folder, 'volumes'), { recursive: true, mode: 0o700 })
  await mkdir(join(folder, 'termination'), { recursive: true, mode: 0o700 })
  for (const path of [folder, join(folder, 'volumes'), join(folder, 'termination')])
    await shareReadable(path, parts.account, 0o750)
}

/** Tells the API server that nothing of the pod runs any more, so that the object can go. */
async function finalise({ parts, id }: PodContext, closed: AbortSignal): Promise<void> {
  for (let pause = 50; !closed.aborted; pause = Math.min(pause * 2, 2_000)) {
    try {
      await parts.client.remove(podPath(id), { gracePeriodSeconds: 0, preconditions: { uid: id.uid } })
      return
    } catch (error) {
      if (isMissing(error)) return
      parts.log.debug({ event: 'pod.finalise-failed', ...id, err: error }, 'pod not finalised, trying again')
      await sleep(pause, closed)
    }
  }
}

const describe = (
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  ip: string,
  status: PodStatus,
  records: readonly LiveRecord[],
): NodePod => ({
  namespace,
  name,
  uid,
  ip,
  phase: status.phase ?? 'Pending',
  ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  containers: records
    .filter(({ init }) => !init)
    .map((record) => ({
      name: record.name,
      pid: record.process?.pid ?? null,
      restarts: record.restarts,
      ready: record.ready,
      log: record.log,
    })),
})
