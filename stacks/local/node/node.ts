import { chmod, mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type KubeClient, connectKube } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { type Reflector, reflect, sleep } from '../kube/reflector.ts'
import { type PodAccount, defaultPodAccount } from './account.ts'
import { createImageStore } from './image-store.ts'
import { endLeftovers } from './leftovers.ts'
import { boundLogs, dropOldLogs } from './log-file.ts'
import { type NodeIdentity, keepRegistered, registerNode } from './node-object.ts'
import type { NodeParts } from './pod-context.ts'
import { claimPodRange, createAddresses } from './pod-range.ts'
import type { Pod } from './pod-types.ts'
import { type NodePod, type PodWorker, startPod } from './pod-worker.ts'
import { installRuntime } from './runtime.ts'
import { createSourceStore } from './sources.ts'

export type NodeOptions = {
  kubeconfig: string
  /** Folder of the node alone: pods, images, logs. As root every folder above it must be passable (o+x) for the pods' account. */
  home: string
  /** Folders of image sources. */
  images: readonly string[]
  log: Log
  /** Name of the Node object; default `local`. */
  name?: string
  /** Homes of nodes whose remembered addresses are never taken, though they may not run now; default none. */
  neighbours?: () => Promise<readonly string[]>
  /** Account of the pods; default 65532 as root, else the node's own. */
  runAs?: PodAccount
}

export interface ProcessNode {
  name: string
  /** The third number of this node's pod addresses 10.244.x.y. */
  podRange: number
  pods: () => NodePod[]
  /** Ends all pods' processes and gives the address range back. */
  stop: () => Promise<void>
}

/** Fewer than the addresses of a range, so that ending pods do not block new ones. */
const MAX_PODS = 200
const REGISTER_DEADLINE_MS = 60_000
const STOP_GRACE_MS = 5_000
const LOG_CHECK_MS = 5_000

/**
 * Runs the pods bound to one node as processes of this machine. Resolves once the node is registered and its pods are known;
 * rejects when the API server does not accept it within a minute. Pods of an earlier run of the same home are ended first.
 */
export async function startNode(options: NodeOptions): Promise<ProcessNode> {
  const { log, images } = options
  const account = 'runAs' in options ? options.runAs : defaultPodAccount()
  const home = await prepareHome(options.home, account)
  const ended = await endLeftovers(home)
  if (ended > 0) log.warn({ event: 'node.leftovers-ended', processes: ended }, 'processes of an earlier run ended')
  const range = await claimPodRange(home, await options.neighbours?.())
  const client = connectKube({ kubeconfig: options.kubeconfig })
  const addresses = createAddresses(range.third)
  const node: NodeIdentity = { name: options.name ?? 'local', ip: addresses.node, maxPods: MAX_PODS }
  const stop = new AbortController()
  const release = async () => {
    stop.abort()
    client.close()
    await range.lock.release()
  }
  try {
    await untilRegistered(client, node, log)
  } catch (error) {
    await release()
    throw error
  }
  const runtime = await installRuntime(home)
  const parts: NodeParts = {
    client,
    log,
    home,
    account,
    runtime,
    addresses,
    images: createImageStore({ images, home }),
    sources: createSourceStore({ client, log }),
  }
  const pods = await watchPods(parts, node.name)
  void keepRegistered(client, node, log, stop.signal)
  void lookAfterLogs(home, pods.has, stop.signal)
  log.info({ event: 'node.ready', node: node.name, podRange: range.third }, 'node ready')
  return {
    name: node.name,
    podRange: range.third,
    pods: pods.list,
    async stop() {
      await pods.stop()
      await release()
    },
  }
}

async function prepareHome(home: string, account: PodAccount): Promise<string> {
  await mkdir(home, { recursive: true })
  // Passable for the pods' account, readable for nobody else.
  for (const [folder, mode] of [
    [home, 0o711],
    [join(home, 'pods'), 0o711],
    [join(home, 'logs'), 0o700],
  ] as const) {
    await mkdir(folder, { recursive: true })
    await chmod(folder, account ? mode : 0o700)
  }
  return realpath(home)
}

async function untilRegistered(client: KubeClient, node: NodeIdentity, log: Log): Promise<void> {
  const deadline = Date.now() + REGISTER_DEADLINE_MS
  for (;;) {
    try {
      return await registerNode(client, node)
    } catch (error) {
      if (Date.now() > deadline) throw error
      log.debug({ event: 'node.register-failed', err: error }, 'node not registered yet') // a fresh API server lacks its namespaces for a moment
      await sleep(100, new AbortController().signal)
    }
  }
}

async function lookAfterLogs(home: string, isLive: (uid: string) => boolean, signal: AbortSignal): Promise<void> {
  for (await sleep(LOG_CHECK_MS, signal); !signal.aborted; await sleep(LOG_CHECK_MS, signal)) {
    await boundLogs(home)
    await dropOldLogs(home, isLive)
  }
}

/** One worker per pod of this node. Resolves once the pods that exist are known. */
async function watchPods(parts: NodeParts, nodeName: string) {
  const { client, log, home } = parts
  const workers = new Map<string, PodWorker>()
  const leaving = new Set<Promise<void>>()

  const begin = (pod: Pod) => {
    const uid = pod.metadata?.uid ?? ''
    const known = workers.get(uid)
    if (known) return known.update(pod)
    const ip = parts.addresses.allocate(uid, pod.status?.podIP)
    if (ip) workers.set(uid, startPod(pod, ip, parts))
    else log.error({ event: 'node.addresses-exhausted', uid }, 'no pod address left; the pod waits for one')
  }
  const drop = (uid: string) => {
    const worker = workers.get(uid)
    workers.delete(uid)
    const gone = (worker?.dispose() ?? Promise.resolve())
      .catch((err: unknown) => log.error({ event: 'pod.dispose-failed', uid, err }, 'pod not cleaned up'))
      .then(() => {
        parts.addresses.release(uid)
        leaving.delete(gone)
        for (const pod of reflector.items.values()) if (!workers.has(pod.metadata?.uid ?? '')) begin(pod)
      })
    leaving.add(gone)
  }
  let reflector!: Reflector<Pod> // assigned in the next statement, before its first event
  await new Promise<void>((resolve) => {
    reflector = reflect<Pod>({
      client,
      path: '/api/v1/pods',
      query: { fieldSelector: `spec.nodeName=${nodeName}` },
      log,
      onChange(_key, now, before) {
        // Between two lists a pod may have been replaced by another of the same name.
        if (before?.metadata?.uid && before.metadata.uid !== now?.metadata?.uid) drop(before.metadata.uid)
        if (now) begin(now)
      },
      onSync: resolve,
    })
  })
  await dropStrangers(join(home, 'pods'), workers)

  return {
    has: (uid: string) => workers.has(uid),
    list: () => [...workers.values()].map((worker) => worker.describe()),
    async stop() {
      reflector.stop()
      await Promise.all([...workers.values()].map((worker) => worker.halt(STOP_GRACE_MS)))
      await Promise.all(leaving)
    },
  }
}

/** Folders of pods that were deleted while the node was away. */
async function dropStrangers(folder: string, known: ReadonlyMap<string, PodWorker>): Promise<void> {
  const gone = (await readdir(folder)).filter((uid) => !known.has(uid))
  await Promise.all(gone.map((uid) => rm(join(folder, uid), { recursive: true, force: true })))
}
