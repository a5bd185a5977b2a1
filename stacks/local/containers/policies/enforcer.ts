import { connectKube } from '../../kube/client.ts'
import type { Log } from '../../kube/log.ts'
import { reflect, sleep } from '../../kube/reflector.ts'
import type { Pod } from '../../node/pod-types.ts'
import { fenceRules, type Doors } from '../fence.ts'
import type { ContainerNetwork } from '../network.ts'
import { followCniAddresses } from './cni-addresses.ts'
import { passagesOf } from './passages.ts'
import type { NetworkPolicy } from './policy-types.ts'
import { type Namespace, worldOf } from './world.ts'

/** Changes that come together are one change of the tables, in milliseconds. */
const TOGETHER_MS = 10
const AGAIN_AFTER_MS = 1000
const FIRST_WITHIN_MS = 60_000

export type EnforcerOptions = {
  kubeconfig: string
  network: ContainerNetwork
  doors: Doors
  /** Folder in which containerd notes the addresses of pods. */
  notes: string
  /** Puts rules into force, all of them or none. */
  apply: (rules: string) => Promise<unknown>
  log: Log
  /** Ends the wait for the first rules. */
  signal: AbortSignal
}

/**
 * Keeps the fence in step with the cluster's pods, namespaces and network policies. Resolves once the first rules are in force. While the
 * API server is away what was known last stays in force; pods that are not known reach nothing.
 */
export async function enforcePolicies(options: EnforcerOptions): Promise<{ stop: () => Promise<void> }> {
  const { network, doors, apply, log, signal } = options
  const client = connectKube({ kubeconfig: options.kubeconfig })
  const followed = { client, onChange: () => renewal.ask(), onSync: () => renewal.ask(), log }
  const pods = reflect<Pod>({ ...followed, path: '/api/v1/pods' })
  const namespaces = reflect<Namespace>({ ...followed, path: '/api/v1/namespaces' })
  const policies = reflect<NetworkPolicy>({ ...followed, path: '/apis/networking.k8s.io/v1/networkpolicies' })
  const all = [pods, namespaces, policies]
  const noted = followCniAddresses(options.notes, () => renewal.ask(), log)
  const rules = () => {
    if (!all.every(({ synced }) => synced())) return undefined
    const objects = {
      pods: pods.items.values(),
      namespaces: namespaces.items.values(),
      policies: policies.items.values(),
    }
    return fenceRules(network, doors, passagesOf(worldOf(network.pods, objects, noted.addresses())))
  }
  const renewal = keepInForce({ rules, apply, log })
  const stop = async () => {
    for (const reflector of all) reflector.stop()
    noted.stop()
    client.close()
    await renewal.stop()
  }
  const waiting = new AbortController()
  const late = sleep(FIRST_WITHIN_MS, AbortSignal.any([waiting.signal, signal])).then(() => 'late' as const)
  const outcome = await Promise.race([renewal.inForce, late])
  waiting.abort()
  if (outcome !== 'late') return { stop }
  await stop()
  signal.throwIfAborted()
  throw new Error(`network policies are not in force after ${FIRST_WITHIN_MS / 1000} s: the log says why`)
}

type Renewed = Pick<EnforcerOptions, 'apply' | 'log'> & {
  /** What should be in force; undefined while that is not known. */
  rules: () => string | undefined
}

/** Applies rules whenever they differ from those in force, one change at a time, and tries again what failed. */
export function keepInForce({ rules, apply, log }: Renewed) {
  const abort = new AbortController()
  let asked = Promise.withResolvers<void>()
  const first = Promise.withResolvers<void>()
  let inForce: string | undefined

  const renew = async (): Promise<void> => {
    const wanted = rules()
    if (wanted === undefined || wanted === inForce) return
    await apply(wanted)
    inForce = wanted
    first.resolve()
  }
  const loop = async () => {
    while (!abort.signal.aborted) {
      await asked.promise
      await sleep(TOGETHER_MS, abort.signal)
      asked = Promise.withResolvers()
      if (abort.signal.aborted) return
      await renew().catch(async (err: unknown) => {
        log.error({ event: 'policies.not-applied', err }, 'network policies could not be put into force')
        await sleep(AGAIN_AFTER_MS, abort.signal)
        asked.resolve()
      })
    }
  }
  const ended = loop()
  return {
    /** Something has changed. */
    ask: () => asked.resolve(),
    /** Resolves when the first rules are in force. */
    inForce: first.promise,
    async stop() {
      abort.abort()
      asked.resolve()
      await ended
    },
  }
}
