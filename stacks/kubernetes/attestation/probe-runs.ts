import { Problem } from '../../../control-plane/domain/problem.ts'
import type { Cluster } from '../cluster.ts'
import { type Link, sleep } from '../link.ts'
import type { KubernetesObject } from '../objects.ts'
import { collection, create, type Place } from './calls.ts'
import type { Space } from './context.ts'
import { container, probePod } from './probe-pod.ts'

/** What is tried: an address with its port, by TCP or UDP. */
export type Target = { name: string; protocol: 'tcp' | 'udp'; address: string }
/** What came of each target by name; null with the reason where nothing could be tried. */
export type Tried = { answers: Readonly<Record<string, string>> | null; said: string }

export const PROBE_PORT = 8080
/** How long silence must last until it counts, in seconds. */
export const SILENCE_SECONDS = 3
const CONTROL_SECONDS = 20
const THERE_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 150
/** Ends pods that nobody is there to end. */
const LIFE_SECONDS = 120
const LABELS = { 'app.kubernetes.io/name': 'steward-probe' }
const NEEDS = {
  requests: { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '8Mi' },
  limits: { cpu: '100m', memory: '32Mi', 'ephemeral-storage': '8Mi' },
}

const pods = (namespace: string): Place => ({ apiVersion: 'v1', plural: 'pods', namespace })

/** A pod that every guard of a unit admits and that really runs the probe (toolchain/node-host/cmd/probe). */
function runningPod(namespace: string, name: string, image: string, orders: object): KubernetesObject {
  const main = container(image, {
    resources: NEEDS,
    env: [{ name: 'PROBE', value: JSON.stringify(orders) }],
    ports: [{ containerPort: PROBE_PORT }],
    ...('listen' in orders ? { readinessProbe: { tcpSocket: { port: PROBE_PORT }, periodSeconds: 1 } } : {}),
  })
  const readOnly = {
    ...main,
    securityContext: { ...(main['securityContext'] as object), readOnlyRootFilesystem: true },
  }
  const parts = { nodeSelector: {}, restartPolicy: 'Never', activeDeadlineSeconds: LIFE_SECONDS }
  const pod = probePod(namespace, image, {
    ...parts,
    terminationGracePeriodSeconds: 1,
    containers: [readOnly],
  })
  return { ...pod, metadata: { name, namespace, labels: LABELS } }
}

type Status = {
  podIP?: string
  phase?: string
  message?: string
  conditions?: { type: string; status: string; message?: string }[]
  containerStatuses?: {
    state?: { terminated?: { message?: string; exitCode: number }; waiting?: { reason?: string } }
  }[]
}

async function statusOf({ tenant, namespace }: Space, name: string, link: Link): Promise<Status> {
  const path = `${collection(pods(namespace))}/${name}`
  const pod = (await tenant.call({ method: 'GET', path, what: 'read a probe' }, link)) as { status?: Status }
  return pod.status ?? {}
}

/** Starts a pod and waits until `done` makes something of its status; throws a Problem with the pod's state when it does not in time. */
async function run<T>(
  space: Space,
  pod: KubernetesObject,
  link: Link,
  done: (status: Status) => T | undefined,
): Promise<T> {
  await space.tenant.call(create(pod), link)
  const { name } = pod.metadata
  for (const until = Date.now() + THERE_WITHIN_MS; ; await sleep(LOOK_EVERY_MS, link.signal)) {
    const status = await statusOf(space, name, link)
    const found = done(status)
    if (found !== undefined) return found
    if (Date.now() < until && status.phase !== 'Failed') continue
    const why = status.containerStatuses?.[0]?.state?.waiting?.reason ?? status.phase ?? 'no state'
    throw new Problem('attestation.probe-stuck', {
      status: 504,
      retryable: true,
      title: `A probe did not do its work, within ${THERE_WITHIN_MS / 1000} s at most: ${why}`,
    })
  }
}

/** A pod that answers on TCP and UDP; gives its address. */
export const startListener = (space: Space, name: string, image: string, link: Link): Promise<string> =>
  run(space, runningPod(space.namespace, name, image, { listen: PROBE_PORT }), link, ({ podIP, conditions }) =>
    conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? podIP : undefined,
  )

/**
 * Tries targets from a pod in the space, once the control has answered: a pod whose network does not work yet would take silence
 * for a wall. Takes the pod away again. What could not be tried is an answer, too; only a run that was stopped throws.
 */
export async function tryFrom(
  space: Space,
  image: string,
  ask: { control: Target; targets: readonly Target[] },
  link: Link,
): Promise<Tried> {
  const name = 'steward-probe-sender'
  const orders = { ...ask, controlSeconds: CONTROL_SECONDS, seconds: SILENCE_SECONDS }
  try {
    await endProbes(space.tenant, space.namespace, link, name)
    const said = await run(space, runningPod(space.namespace, name, image, orders), link, ({ containerStatuses }) => {
      const terminated = containerStatuses?.[0]?.state?.terminated
      return terminated && (terminated.message ?? `ended with ${terminated.exitCode}`)
    })
    return { answers: read(said), said }
  } catch (error) {
    link.signal.throwIfAborted()
    if (!(error instanceof Problem)) throw error
    return { answers: null, said: error.message }
  } finally {
    if (!link.signal.aborted) await endProbes(space.tenant, space.namespace, link, name).catch(() => undefined)
  }
}

function read(said: string): Record<string, string> | null {
  try {
    const { control, targets } = JSON.parse(said) as { control: string; targets: Record<string, string> } // the probe's own
    return { control, ...targets }
  } catch {
    return null
  }
}

/** Takes probes away, one by name or all of them, and waits until they are gone: their share of the quota is free again. */
export async function endProbes(tenant: Cluster, namespace: string, link: Link, name?: string): Promise<void> {
  const labelSelector = Object.entries(LABELS)
    .map(([key, value]) => `${key}=${value}`)
    .join()
  const query = { labelSelector, ...(name ? { fieldSelector: `metadata.name=${name}` } : {}) }
  const path = collection(pods(namespace))
  await tenant.call({ method: 'DELETE', path, query, what: 'end probes' }, link)
  for (const until = Date.now() + THERE_WITHIN_MS; Date.now() < until; await sleep(LOOK_EVERY_MS, link.signal)) {
    const { items } = (await tenant.call({ method: 'GET', path, query, what: 'list probes' }, link)) as {
      items: unknown[]
    }
    if (items.length === 0) return
  }
}
