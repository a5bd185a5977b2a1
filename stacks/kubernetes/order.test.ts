import { expect, test } from 'vitest'
import { eachLimited } from './each-limited.ts'
import { stamp } from './ownership.ts'
import { inApplyOrder } from './order.ts'

test('namespaces and guardrails come before what they guard, traffic last, unknown kinds with the workloads', () => {
  const kinds = [
    'HTTPRoute',
    'Deployment',
    'Widget',
    'Namespace',
    'NetworkPolicy',
    'ResourceQuota',
    'Secret',
    'ServiceAccount',
  ]
  expect(inApplyOrder(kinds, (kind) => kind)).toEqual([
    ['Namespace'],
    ['NetworkPolicy', 'ResourceQuota'],
    ['ServiceAccount'],
    ['Secret'],
    ['Deployment', 'Widget'],
    ['HTTPRoute'],
  ])
  expect(inApplyOrder([], String)).toEqual([])
})

test('work goes on at most so many at a time, keeps its order, and ends whole at the first failure', async () => {
  let [now, most, begun] = [0, 0, 0]
  const work = async (n: number) => {
    begun += 1
    most = Math.max(most, (now += 1))
    await new Promise((resolve) => setImmediate(resolve))
    now -= 1
    if (n === 4) throw new Error('four')
    return n * 2
  }
  expect(await eachLimited([1, 2, 3], 2, work)).toEqual([2, 4, 6])
  expect(most).toBe(2)
  begun = 0
  await expect(eachLimited([4, 5, 6, 7, 8, 9], 2, work)).rejects.toThrow('four')
  expect({ now, begun }).toEqual({ now: 0, begun: 2 })
})

test('objects are stamped with their owner and epoch; a contradiction is refused', () => {
  const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { app: 'x' } } }
  const [stamped] = stamp([bare], { unitId: 'u', tenant: null, epoch: 7 })
  expect(stamped?.metadata).toEqual({
    name: 'a',
    labels: { app: 'x', 'steward.dev/unit': 'u', 'steward.dev/tenant': 'none' },
    annotations: { 'steward.dev/epoch': '7' },
  })
  expect(() => stamp(stamped ? [stamped] : [], { unitId: 'u', tenant: 't', epoch: 7 })).toThrow(
    expect.objectContaining({ code: 'object.mislabelled' }),
  )
})
