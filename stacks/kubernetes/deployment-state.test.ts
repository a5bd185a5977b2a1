import { expect, test } from 'vitest'
import { type DeploymentView, judgeDeployment } from './deployment-state.ts'

const view = (status: DeploymentView['status'], generation = 2): DeploymentView => ({
  metadata: { generation },
  spec: { replicas: 2 },
  ...(status ? { status } : {}),
})
const whole = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }

test('available only when this generation runs everywhere and nothing older is left', () => {
  expect(judgeDeployment(view(whole))).toEqual({ state: 'available' })
  expect(
    judgeDeployment({ metadata: { generation: 2 }, spec: { replicas: 0 }, status: { observedGeneration: 2 } }),
  ).toEqual({ state: 'available' })
  const notYet = [
    { ...whole, observedGeneration: 1 },
    { ...whole, replicas: 3 },
    { ...whole, updatedReplicas: 1 },
    { ...whole, availableReplicas: 1 },
    undefined,
  ]
  for (const status of notYet) expect(judgeDeployment(view(status))).toMatchObject({ state: 'progressing' })
})

test('a refused pod is told while it goes on, and a missed deadline ends it with the reason', () => {
  const failure = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: q' }
  const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }
  const status = { ...whole, availableReplicas: 0, updatedReplicas: 0 }
  expect(judgeDeployment(view({ ...status, conditions: [failure] }))).toMatchObject({
    state: 'progressing',
    blockedBy: 'exceeded quota: q',
  })
  expect(judgeDeployment(view({ ...status, conditions: [late] }))).toEqual({ state: 'stalled', message: 'timed out' })
  expect(judgeDeployment(view({ ...status, conditions: [late, failure] }))).toEqual({
    state: 'stalled',
    message: 'exceeded quota: q',
  })
  expect(judgeDeployment(view({ ...status, observedGeneration: 1, conditions: [late] }))).toMatchObject({
    state: 'progressing',
  })
})
