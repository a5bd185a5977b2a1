import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { until } from '../../support/postgres.ts'
import { dump, type Dump, instance, request, type Subject } from '../../support/subject-life.ts'
import { handsOfEstate } from '../support/estate-hands.ts'

/** A quota that leaves no room amid an operation ends it with its reason, once; what it did is taken back, and with room it succeeds. */
let its: TestEstate
let hands: Hands
let kube: CoreV1Api
const undisturbed = new Map<OperationKind, Dump>()
const LIFE = ['tenant.provision', 'tenant.suspend', 'tenant.resume'] as const

beforeAll(async () => {
  its = await testEstate()
  hands = await handsOfEstate(its.estate)
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  kube = config.makeApiClient(CoreV1Api)
  for (const kind of LIFE) {
    await its.plane.settle(await ask(kind, instance('roomy')))
    undisturbed.set(kind, await dump(its, hands, instance('roomy')))
  }
})
afterAll(async () => {
  await hands?.close()
  await its?.remove()
})

async function ask(kind: OperationKind, subject: Subject): Promise<string> {
  const { status, body } = await request(its, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  return String(body['operationId'])
}

/** What the instance's own quota says of pods, from now on; waits for the quota. */
const grant = ({ name }: Subject, pods: string) =>
  until(async () => {
    const { namespace } = unitNames('instance', name)
    const { items } = await kube.listNamespacedResourceQuota({ namespace })
    const quota = items[0]?.metadata?.name
    if (quota === undefined) throw new Error(`${namespace} has no quota yet`)
    const body = [{ op: 'replace', path: '/spec/hard/pods', value: pods }]
    await kube.patchNamespacedResourceQuota({ namespace, name: quota, body })
  })

async function refused(operationId: string, step: string): Promise<void> {
  const { error, steps } = await its.plane.settle(operationId, 'failed')
  expect(error).toMatchObject({ code: 'cluster.quota-exceeded', message: expect.stringContaining('exceeded quota') })
  const tries = steps.filter((one) => one.step === step)
  expect(tries).toMatchObject([{ state: 'failed', attempt: 1 }]) // nobody but a person can make room
}

/** Another quota takes all room, until it is taken back. The instance's own admits no second, so it is made to for a moment. */
async function squeeze({ name }: Subject): Promise<() => Promise<unknown>> {
  const { namespace } = unitNames('instance', name)
  const [own] = (await kube.listNamespacedResourceQuota({ namespace })).items
  const body = [{ op: 'replace', path: '/spec/hard/resourcequotas', value: '2' }]
  await kube.patchNamespacedResourceQuota({ namespace, name: own?.metadata?.name ?? '', body })
  const squeezing = { metadata: { name: 'squeeze' }, spec: { hard: { pods: '0' } } }
  await until(() => kube.createNamespacedResourceQuota({ namespace, body: squeezing }))
  return () => kube.deleteNamespacedResourceQuota({ namespace, name: 'squeeze' })
}

test('a tenant that finds no room for its pods is not made, nothing of it stays, and with room it is made', async () => {
  const subject = instance('squeezed')
  const operationId = await ask('tenant.provision', subject)
  await grant(subject, '0')
  await refused(operationId, 'migrate')
  expect((await dump(its, hands, subject)).things).toEqual([])
  const { body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
  await its.plane.settle(String(body['operationId']))
  expect(await dump(its, hands, subject)).toEqual(undisturbed.get('tenant.provision'))
})

test('a tenant that finds no room to be resumed stays suspended as it was, and with room it is resumed', async () => {
  const subject = instance('squeezed')
  await its.plane.settle(await ask('tenant.suspend', subject))
  const giveBack = await squeeze(subject)
  await refused(await ask('tenant.resume', subject), 'start-workload')
  await giveBack()
  const { things, answer } = undisturbed.get('tenant.suspend') ?? {}
  expect(await dump(its, hands, subject)).toMatchObject({ things, answer })
  await its.plane.settle(await ask('tenant.resume', subject))
  expect(await dump(its, hands, subject)).toEqual(undisturbed.get('tenant.resume'))
})
