import { expect, test } from 'vitest'
import { judge, tally } from './probe-tally.ts'
import { type ContainerRecord, podStatus } from './pod-status.ts'
import type { ContainerState, Pod } from './pod-types.ts'
import { restoreRecord } from './restore-record.ts'
import { unsupportedBy } from './unsupported.ts'

const ended = (exitCode: number): ContainerState => ({ terminated: { exitCode } })
const running: ContainerState = { running: { startedAt: '2026-01-01T00:00:00Z' } }
const waiting: ContainerState = { waiting: { reason: 'ContainerCreating' } }

function phase(policy: string, states: ContainerState[], { init = [] as ContainerState[], ending = false } = {}) {
  const record = (state: ContainerState, isInit: boolean): ContainerRecord => ({
    name: 'c',
    init: isInit,
    image: 'i',
    imageId: '',
    state,
    lastState: {},
    restarts: 0,
    started: true,
    ready: state.running !== undefined,
  })
  const pod: Pod = { metadata: { name: 'p' }, spec: { restartPolicy: policy, containers: [] } }
  const records = [...init.map((state) => record(state, true)), ...states.map((state) => record(state, false))]
  const now = '2026-01-01T00:00:01Z'
  return podStatus({ pod, records, ip: '10.244.0.2', hostIp: '10.244.0.1', startTime: now, now, known: [], ending })
}
const ready = (status: ReturnType<typeof phase>) => status.conditions?.find(({ type }) => type === 'Ready')

test.each([
  ['Always', [waiting], 'Pending'],
  ['Always', [running], 'Running'],
  ['Always', [ended(1)], 'Running'],
  ['OnFailure', [ended(1)], 'Running'],
  ['OnFailure', [ended(0)], 'Succeeded'],
  ['Never', [ended(0)], 'Succeeded'],
  ['Never', [ended(0), ended(1)], 'Failed'],
  ['Never', [ended(1), running], 'Running'],
])('%s with %j is %s', (policy, states, expected) => {
  expect(phase(policy, states).phase).toBe(expected)
})

test('a failed init container fails a pod that is never restarted', () => {
  expect(phase('Never', [waiting], { init: [ended(1)] }).phase).toBe('Failed')
  expect(phase('OnFailure', [waiting], { init: [ended(1)] }).phase).toBe('Pending')
})

test('a pod that ended on request has failed, unless everything ended well', () => {
  expect(phase('Always', [ended(143)], { ending: true }).phase).toBe('Failed')
  expect(phase('Always', [waiting], { ending: true }).phase).toBe('Failed')
  expect(phase('Always', [ended(0)], { ending: true }).phase).toBe('Succeeded')
})

test('a pod is ready when all its containers are, and says which is not', () => {
  expect(ready(phase('Always', [running]))).toMatchObject({ status: 'True' })
  expect(ready(phase('Always', [running, waiting]))).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: expect.stringContaining('[c]') as string,
  })
  expect(ready(phase('Never', [ended(0)]))).toMatchObject({ status: 'False', reason: 'PodCompleted' })
})

test('thresholds count consecutive results', () => {
  const after = (results: readonly boolean[]) =>
    judge(results.reduce(tally, { successes: 0, failures: 0 }), { successThreshold: 2, failureThreshold: 3 })
  expect(after([true])).toBeNull()
  expect(after([true, true])).toBe('up')
  expect(after([true, false, true])).toBeNull()
  expect(after([false, false, false])).toBe('down')
})

test('what ran when the node died counts as killed: restarted where the policy wants it, else failed', () => {
  const container = { name: 'c', image: 'i' }
  const before = { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 2, state: running }
  const restore = (
    policy: 'Always' | 'OnFailure' | 'Never',
    status: (Omit<typeof before, 'state'> & { state: ContainerState }) | undefined,
  ) => restoreRecord(container, { init: false, policy, now: 'now' }, status)
  expect(restore('Always', before)).toMatchObject({
    restarts: 3,
    state: { waiting: {} },
    lastState: { terminated: { exitCode: 137, reason: 'NodeRestarted' } },
  })
  expect(restore('Never', before)).toMatchObject({ restarts: 2, state: { terminated: { exitCode: 137 } } })
  expect(restore('OnFailure', { ...before, state: ended(0) })).toMatchObject({
    state: { terminated: { exitCode: 0 } },
  })
  expect(restore('Always', undefined)).toMatchObject({ restarts: 0, state: { waiting: {} } })
})

test('what this node cannot do is refused by name', () => {
  const spec = {
    volumes: [
      { name: 'disk', hostPath: { path: '/' } },
      { name: 'ok', emptyDir: {} },
    ],
    initContainers: [{ name: 'side', restartPolicy: 'Always' }],
    containers: [{ name: 'main', livenessProbe: { grpc: { port: 1 } } }],
  }
  expect(unsupportedBy({ metadata: { name: 'p' }, spec })).toEqual([
    'volume disk: hostPath volumes do not exist on this node',
    'init container side: sidecars are not supported',
    'container main: grpc probes are not supported',
  ])
})
