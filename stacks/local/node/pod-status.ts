import type { ContainerState, ContainerStatus, Pod, PodStatus } from './pod-types.ts'

type Condition = NonNullable<PodStatus['conditions']>[number]

/** What is observed of one container. */
export type ContainerRecord = {
  name: string
  init: boolean
  image: string
  imageId: string
  state: ContainerState
  lastState: ContainerState
  restarts: number
  started: boolean
  ready: boolean
}

export type PodObservation = {
  pod: Pod
  records: readonly ContainerRecord[]
  ip: string
  hostIp: string
  startTime: string
  now: string
  /** The conditions as last stated: they keep their time while they do not change. */
  known: readonly Condition[]
  /** True once the containers are told to end: what is waiting will not run again. */
  ending: boolean
}

/** The status of a pod from what is observed of its containers; pure. */
export function podStatus(seen: PodObservation): PodStatus {
  const { pod, records, ip, hostIp, startTime } = seen
  const init = records.filter((record) => record.init)
  const main = records.filter((record) => !record.init)
  return {
    phase: phaseOf(seen, init, main),
    podIP: ip,
    podIPs: [{ ip }],
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    startTime,
    conditions: conditionsOf(seen, init, main),
    ...(init.length > 0 ? { initContainerStatuses: init.map((record) => containerStatus(pod, record)) } : {}),
    containerStatuses: main.map((record) => containerStatus(pod, record)),
  }
}

function phaseOf(
  { pod, ending }: PodObservation,
  init: readonly ContainerRecord[],
  main: readonly ContainerRecord[],
): string {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const clean = main.every(({ state }) => state.terminated?.exitCode === 0)
  if (ending) return clean ? 'Succeeded' : 'Failed' // a Job counts a pod that was deleted before it started as failed, too
  if (policy === 'Never' && init.some(({ state }) => (state.terminated?.exitCode ?? 0) !== 0)) return 'Failed'
  const over = main.every(({ state }) => state.terminated)
  if (over && clean && policy !== 'Always') return 'Succeeded'
  if (over && policy === 'Never') return 'Failed'
  const begun = main.some(({ state, restarts }) => state.running || state.terminated || restarts > 0)
  return begun ? 'Running' : 'Pending'
}

function conditionsOf(
  { pod, now, known }: PodObservation,
  init: readonly ContainerRecord[],
  main: readonly ContainerRecord[],
): Condition[] {
  const initialized = init.every(({ state }) => state.terminated?.exitCode === 0)
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name)
  const gates = (pod.spec?.readinessGates ?? []).map(({ conditionType }) => conditionType)
  const closed = gates.filter(
    (type) => !pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True'),
  )
  const finished = main.length > 0 && main.every(({ state }) => state.terminated?.exitCode === 0)
  const notReady = finished ? 'PodCompleted' : 'ContainersNotReady'
  const condition = (type: string, ok: boolean, reason: string, message: string): Condition => {
    const status = ok ? 'True' : 'False'
    const before = known.find((candidate) => candidate.type === type)
    const since = before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : now
    return { type, status, lastTransitionTime: since, reason: ok ? '' : reason, message: ok ? '' : message }
  }
  const names = `containers with unready status: [${unready.join(' ')}]`
  return [
    condition('PodReadyToStartContainers', true, '', ''),
    condition('Initialized', initialized, 'ContainersNotInitialized', 'an init container has not completed'),
    condition('ContainersReady', unready.length === 0, notReady, names),
    condition(
      'Ready',
      unready.length === 0 && closed.length === 0,
      unready.length > 0 ? notReady : 'ReadinessGatesNotReady',
      unready.length > 0 ? names : `readiness gates not true: ${closed.join(', ')}`,
    ),
    condition('PodScheduled', true, '', ''),
  ]
}

const containerStatus = (pod: Pod, record: ContainerRecord): ContainerStatus => ({
  name: record.name,
  image: record.image,
  imageID: record.imageId,
  state: record.state,
  lastState: record.lastState,
  restartCount: record.restarts,
  ready: record.init ? record.state.terminated?.exitCode === 0 : record.ready,
  started: record.started,
  ...(record.state.running ? { containerID: `process://${pod.metadata?.uid}/${record.name}/${record.restarts}` } : {}),
})
