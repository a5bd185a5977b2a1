import type { V1Pod } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHECK_IDS } from '../../control-plane/domain/attestation.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'
import { steadyTraffic } from '../support/steady-traffic.ts'
import { connectPods, manifestRequests, registryDigest } from './pods.ts'

let its: TestEstate
beforeAll(async () => {
  its = await testEstate({ node: 'containers' })
  await createCell(its.plane, 'roller')
  await done('/v1/tenants', { slug: 'steady', plan: 'team-shared' })
})
afterAll(async () => its?.remove())

const done = async (at: string, body?: unknown, expected: 'succeeded' | 'failed' = 'succeeded') => {
  const answer = await its.plane.call('POST', at, body === undefined ? {} : { body })
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 202 })
  return its.plane.settle(String(answer.body['operationId']), expected)
}
const deploy = (version: string, expected?: 'succeeded' | 'failed') =>
  done('/v1/units/roller/deploy', { version }, expected)
const as = (at: string) => asCustomer(its.estate.urls.edge, 'steady.localhost', at)
const serving = async () => (JSON.parse((await as('/whoami')).body) as { version: string }).version
const running = async (): Promise<V1Pod[]> => {
  const labelSelector = 'app.kubernetes.io/component=workload'
  const { items } = await connectPods(its.estate).core.listNamespacedPod({ namespace: 'cell-roller', labelSelector })
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp)
}
const imagesRunning = async () =>
  new Set((await running()).map(({ status }) => status?.containerStatuses?.[0]?.imageID ?? 'none yet'))

describe('a deployment', () => {
  test('pulls the image of the version by its digest, there and back, while customers are served', async () => {
    const digests = {
      '1.0.0': await registryDigest(its.estate, 'ledger:1.0.0'),
      '1.1.0': await registryDigest(its.estate, 'ledger:1.1.0'),
    }
    expect(digests['1.0.0']).not.toBe(digests['1.1.0'])
    const traffic = steadyTraffic(() => as('/accounts'), { lanes: 2, everyMs: 100 }) // light: load goes to the process node
    for (const version of ['1.1.0', '1.0.0'] as const) {
      const asked = await manifestRequests(its.estate, 'ledger')
      const { steps } = await deploy(version)
      expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
        'check-release succeeded',
        'expand-database succeeded',
        'roll-pods succeeded',
        'verify-version succeeded',
      ])
      expect(await serving()).toBe(version)
      expect(await imagesRunning()).toEqual(new Set([`docker.io/library/ledger@${digests[version]}`]))
      expect(await manifestRequests(its.estate, 'ledger')).toBeGreaterThan(asked)
      expect((await its.plane.call('GET', '/v1/units/roller')).body).toMatchObject({
        version,
        confirmedVersion: version,
      })
    }
    const { answered, failures } = await traffic.stop()
    expect(failures).toEqual([])
    expect(answered).toBeGreaterThan(20)
  })

  test('of a version whose image nobody can pull fails before anything is replaced', async () => {
    const version = { version: '7.0.0', schema: 2, rollbackTo: 1 }
    expect((await its.plane.call('POST', '/v1/products/ledger/versions', { body: version })).status).toBe(201)
    const before = (await running()).map(({ metadata }) => metadata?.uid).toSorted()
    const failed = await deploy('7.0.0', 'failed')
    expect(failed.error).toMatchObject({ code: 'release.image-missing' })
    expect((await running()).map(({ metadata }) => metadata?.uid).toSorted()).toEqual(before)
    expect(await serving()).toBe('1.0.0')
  })
})

/** What this node cannot enforce, either: it has no volumes, and network policies take a kernel that shows bridged frames. */
const missingIn = (facets: readonly string[]) => [
  'MTB-1199',
  'MTB-1200',
  ...(facets.includes('network') ? [] : ['MTB-1201']),
]

test('a cell is measured on a real kubelet: everything that is enforced passes, the rest says so', async () => {
  const { body: region } = await its.plane.call<{ facets: string[] }>('GET', '/v1/regions/local-1')
  const missing = missingIn(region.facets)
  const { id } = await done('/v1/units/roller/attest')
  const { items } = (
    await its.plane.call<{ items: { id: string; operationId: string }[] }>('GET', '/v1/evidence?unit=roller')
  ).body
  const record = items.find(({ operationId }) => operationId === id)
  const { body } = await its.plane.call<{ record: string; verified: object }>('GET', `/v1/evidence/${record?.id}`)
  expect(body.verified).toEqual({ signature: true, judgement: true })
  const { checks } = JSON.parse(body.record) as { checks: { id: string; outcome: string; observations: unknown }[] }
  expect(checks.filter(({ id: check, outcome }) => outcome !== 'pass' && !missing.includes(check))).toEqual([])
  expect(checks.map(({ id: check, outcome }) => [check, outcome])).toEqual(
    CHECK_IDS.map((check) => [check, missing.includes(check) ? 'not-enforced' : 'pass']),
  )
})
