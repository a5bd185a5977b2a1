import { GUARD } from '../../../control-plane/domain/attestation.ts'
import { attempt, controlAllows, mustRefuse } from './attempt.ts'
import { dryCreate } from './calls.ts'
import type { Attested, Check } from './context.ts'
import { container, type PodParts, probePod, unsafe } from './probe-pod.ts'

type Probe = readonly [what: string, change: (image: string) => Partial<PodParts>]

/** A check of pods: each changed pod is refused by one of the guards, and the same pod without the change is admitted. */
const ofPods =
  (guards: readonly string[], probes: readonly Probe[]): Check =>
  async ({ ours: { namespace, tenant }, image, link }: Attested) => {
    const create = (change: Partial<PodParts>) => attempt(tenant, dryCreate(probePod(namespace, image, change)), link)
    const observed = [controlAllows('the same pod without it', await create({}))]
    for (const [what, change] of probes) observed.push(mustRefuse(what, guards, await create(change(image))))
    return observed
  }

const only = (change: (image: string) => Record<string, unknown>) => (image: string) => ({
  containers: [change(image)],
})
/** The change in an init container of a pod that is fine otherwise. */
const inInit = (change: Record<string, unknown>) => (image: string) => ({
  initContainers: [{ ...unsafe(image, change), name: 'init' }],
})
const secured = (change: Record<string, unknown>) => only((image) => unsafe(image, change))
const volume = (source: Record<string, unknown>) => () => ({ volumes: [{ name: 'probe', ...source }] })
const byPodSecurity = [GUARD.podSecurity]
const also = (policy: string) => [GUARD.podSecurity, `steward-${policy}`]

export const addedCapabilities = ofPods(byPodSecurity, [
  ['a pod that adds NET_ADMIN', secured({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } })],
  ['an init container that adds SYS_ADMIN', inInit({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } })],
  ['a pod that keeps what it was given', secured({ capabilities: undefined })],
])

export const rootUser = ofPods(byPodSecurity, [
  [
    'a pod as root',
    (image) => ({
      securityContext: { runAsUser: 0, runAsNonRoot: false, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [unsafe(image, { runAsNonRoot: false })],
    }),
  ],
  [
    'a pod that does not say',
    (image) => ({
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [unsafe(image, { runAsNonRoot: undefined })],
    }),
  ],
])

const PRIVILEGED = { privileged: true, allowPrivilegeEscalation: true }
export const privileged = ofPods(
  [...byPodSecurity, GUARD.privilegedOff],
  [
    ['a privileged container', secured(PRIVILEGED)],
    ['a privileged init container', inInit(PRIVILEGED)],
  ],
)

export const escalation = ofPods(byPodSecurity, [
  ['a container that may gain rights', secured({ allowPrivilegeEscalation: true })],
  ['a container that does not say', secured({ allowPrivilegeEscalation: undefined })],
  ['an init container that may gain rights', inInit({ allowPrivilegeEscalation: true })],
])

export const hostPaths = ofPods(also('no-host-paths'), [
  ['a pod with the root of its node', volume({ hostPath: { path: '/' } })],
  ['a pod with a file of its node', volume({ hostPath: { path: '/etc/hostname', type: 'File' } })],
])

export const hostNetwork = ofPods(also('no-host-ports'), [
  ['a pod in the network of its node', () => ({ hostNetwork: true })],
  [
    'a pod with a port of its node',
    only((image) => container(image, { ports: [{ containerPort: 8080, hostPort: 8080 }] })),
  ],
])

export const hostPid = ofPods(also('no-host-pid'), [
  ['a pod among the processes of its node', () => ({ hostPID: true })],
])
export const hostIpc = ofPods(also('no-host-ipc'), [
  ['a pod in the shared memory of its node', () => ({ hostIPC: true })],
])

export const inlineStorage = ofPods(also('no-inline-storage'), [
  ['a pod with a share it names itself', volume({ nfs: { server: 'storage.invalid', path: '/' } })],
  ['a pod with a driver it names itself', volume({ csi: { driver: 'storage.invalid' } })],
])

/** Refused, or made to pull: either keeps a cached image of somebody else from being run. */
export const pullAlways: Check = async ({ ours: { namespace, tenant }, image, link }) => {
  const create = async (imagePullPolicy: string) => {
    const call = dryCreate(probePod(namespace, image, { containers: [container(image, { imagePullPolicy })] }))
    const answer = await attempt(tenant, call, link)
    const made = answer.body as { spec?: PodParts } | undefined // of the API server
    const mended = made?.spec?.containers.every((one) => one['imagePullPolicy'] === 'Always') === true
    return imagePullPolicy !== 'Always' && mended
      ? ({ seen: 'refused', guard: GUARD.mutation, said: 'admitted as Always' } as const)
      : answer
  }
  const guards = [GUARD.mutation, 'steward-pull-always']
  return [
    controlAllows('a pod that pulls always', await create('Always')),
    mustRefuse('a pod that runs what is there', guards, await create('IfNotPresent')),
    mustRefuse('a pod that never pulls', guards, await create('Never')),
  ]
}
