import { arch, cpus, platform, totalmem } from 'node:os'
import type { V1Lease, V1Node } from '@kubernetes/client-node'
import { type KubeClient, KubeError } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import { sleep } from '../kube/reflector.ts'
import type { Wire } from '../kube/wire.ts'

export type NodeIdentity = { name: string; ip: string; maxPods: number }

/** The node controller allows 50 s of silence before it calls a node unreachable; the kubelet renews every 10 s, too. */
const RENEW_MS = 10_000
const LEASE_SECONDS = 40

/** Requests are promises about containers; processes share the machine, so it is offered many times over. */
const LEAST_CPUS = 64
/** Room for what containers write, in GiB: a promise like the processors, because processes share the machine's disk. */
const SCRATCH_GIB = 64

/** Creates or refreshes the Node object, Ready, and its lease. */
export async function registerNode(client: KubeClient, node: NodeIdentity): Promise<void> {
  const labels = { 'kubernetes.io/hostname': node.name, 'kubernetes.io/os': platform(), 'kubernetes.io/arch': arch() }
  const object = { apiVersion: 'v1', kind: 'Node', metadata: { name: node.name, labels } }
  await unlessExists(client.create('/api/v1/nodes', object))
  await client.patch(`/api/v1/nodes/${node.name}/status`, { status: nodeStatus(node, new Date().toISOString()) })
  const spec: Wire<V1Lease['spec']> = {
    holderIdentity: node.name,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: microTime(),
  }
  const metadata = { name: node.name, namespace: 'kube-node-lease' }
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  await unlessExists(client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }))
  await client.patch(`${leases}/${node.name}`, { spec })
}

/** Registers again and again until the signal fires: renews the lease, and repairs what somebody deleted. */
export async function keepRegistered(
  client: KubeClient,
  node: NodeIdentity,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  for (await sleep(RENEW_MS, signal); !signal.aborted; await sleep(RENEW_MS, signal)) {
    await registerNode(client, node).catch((err: unknown) =>
      log.warn({ event: 'node.renew-failed', err }, 'node lease not renewed'),
    )
  }
}

async function unlessExists(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error
  })
}

function nodeStatus({ name, ip, maxPods }: NodeIdentity, now: string): Wire<V1Node['status']> {
  const capacity = {
    cpu: String(Math.max(cpus().length, LEAST_CPUS)),
    memory: `${Math.floor(totalmem() / 1_024)}Ki`,
    pods: String(maxPods),
    'ephemeral-storage': `${SCRATCH_GIB}Gi`,
  }
  const condition = (type: string, status: 'True' | 'False', reason: string) => ({
    type,
    status,
    reason,
    message: '',
    lastHeartbeatTime: now,
  })
  return {
    capacity,
    allocatable: capacity,
    addresses: [
      { type: 'InternalIP', address: ip },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      condition('Ready', 'True', 'ProcessNodeReady'),
      condition('MemoryPressure', 'False', 'NotMeasured'),
      condition('DiskPressure', 'False', 'NotMeasured'),
      condition('PIDPressure', 'False', 'NotMeasured'),
    ],
    nodeInfo: {
      architecture: arch(),
      bootID: '',
      containerRuntimeVersion: `process://${process.version}`,
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: 'steward-process-node',
      machineID: '',
      operatingSystem: platform(),
      osImage: 'processes of this machine, not isolated from each other',
      systemUUID: '',
    },
  }
}

/** Leases want exactly six digits of a second. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z')
