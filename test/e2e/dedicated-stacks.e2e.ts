import { readFile } from 'node:fs/promises'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { untilTask } from '../support/estate-tasks.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { asCustomer } from '../support/plane.ts'

/** A stack is a cluster and a database pair: it takes a minute on a busy machine. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 })
const PATIENCE_S = 500

let its: TestEstate
beforeAll(async () => {
  its = await testEstate()
  await createCell(its.plane, 'cell-1')
  await provision('neighbour', 'starter-shared')
  await untilTask(its.estate.home, 'stack-engine') // behind everything else: an estate is ready without it
})
afterAll(async () => its?.remove())

async function provision(slug: string, plan: string): Promise<void> {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug, plan } })
  expect({ slug, status }).toEqual({ slug, status: 202 })
  await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
}

const whoami = async (slug: string) => {
  const { body } = await its.plane.call<{ host: string }>('GET', `/v1/tenants/${slug}`)
  const answer = await asCustomer(its.estate.urls.edge, body.host, '/whoami')
  return answer.status === 200 ? (JSON.parse(answer.body) as { tenant: string }).tenant : answer.status
}
/** The token of somebody else who may approve. */
async function secondOperator(): Promise<string> {
  const { body: operator } = await its.plane.call<{ id: string }>('POST', '/v1/operators', {
    body: { name: 'second', role: 'administrator' },
  })
  const { body } = await its.plane.call<{ secret: string }>('POST', '/v1/tokens', {
    body: { name: 'approving', operator: operator.id },
  })
  return body.secret
}

type Resource = { kind: string; name: string; state: string; servers: { name: string; pid: number | null }[] }
const resources = async (): Promise<Resource[]> => {
  const answer = (await (await askDaemon(its.estate.home, '/resources')).json()) as { resources: Resource[] }
  return answer.resources.filter(({ name }) => name.startsWith('acme-'))
}

test('a dedicated tenant is served from a cluster and a database pair of its own', async () => {
  await provision('acme', 'enterprise')
  expect(await whoami('acme')).toBe('acme')
  const { body } = await its.plane.call<{ isolation: string; unit: { kind: string; name: string } }>(
    'GET',
    '/v1/tenants/acme',
  )
  expect(body).toMatchObject({ isolation: 'dedicated', unit: { kind: 'stack', name: 'acme' } })
  const made = await resources()
  expect(made.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
    'backup-store ready',
    'key ready',
    'kubernetes-cluster ready',
    'postgres-cluster ready',
  ])
})

test('killing every process of it changes nothing for anybody else, and it comes back', async () => {
  const pids = (await resources()).flatMap(({ servers }) => servers.flatMap(({ pid }) => pid ?? []))
  expect(pids.length).toBeGreaterThan(6)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  expect(await whoami('neighbour')).toBe('neighbour')
  await expect.poll(() => whoami('acme'), { timeout: 300_000, interval: 1000 }).toBe('acme')
})

test('what is handed over leads to its own cluster, and opens its own namespace there', async () => {
  const { status, body } = await its.plane.call<{ kubeconfig: string; server: string; namespace: string }>(
    'POST',
    '/v1/tenants/acme/kubeconfig',
    { body: { role: 'tenant-viewer' } },
  )
  expect(status).toBe(201)
  expect(body.server).not.toBe(`https://127.0.0.1:${its.estate.ports['kube-apiserver']}`)
  const config = new KubeConfig()
  config.loadFromString(body.kubeconfig)
  const pods = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: body.namespace })
  expect(pods.items.length).toBeGreaterThan(0)
})

test('a suspended stack serves nobody, and a resumed one does', async () => {
  for (const [verb, seen] of [
    ['suspend', 403],
    ['resume', 'acme'],
  ] as const) {
    const { body } = await its.plane.call('POST', `/v1/tenants/acme/${verb}`)
    await its.plane.settle(String(body['operationId']), 'succeeded', PATIENCE_S)
    expect(await whoami('acme')).toBe(seen)
  }
})

test('nothing secret of it is in records, states or logs', async () => {
  const [row] = (await resources()).filter(({ kind }) => kind === 'postgres-cluster')
  const { outputs } = (await (await askDaemon(its.estate.home, `/resources/postgres-cluster/${row?.name}`)).json()) as {
    outputs: { adminUrlFile: string }
  }
  const password = new URL((await readFile(outputs.adminUrlFile, 'utf8')).trim()).password
  const state = await readFile(`${its.estate.paths.stacks}/.pulumi/stacks/steward/acme.json`, 'utf8')
  expect(state).toContain('acme-db')
  expect(state).not.toContain(password)
})

test('a removed one leaves no resource, and its removal is checked by a credential that can only look', async () => {
  const { body } = await its.plane.call('DELETE', '/v1/tenants/acme')
  const operationId = String(body['operationId'])
  const { body: operation } = await its.plane.call<{ state: string }>('GET', `/v1/operations/${operationId}`)
  expect(operation.state).toBe('waiting') // its plan wants a second operator
  const token = await secondOperator()
  const approved = await its.plane.call('POST', `/v1/operations/${operationId}/approve`, { token })
  expect(approved.status).toBe(202)
  await its.plane.settle(operationId, 'succeeded', PATIENCE_S)
  expect(await resources()).toEqual([])
  expect(await whoami('neighbour')).toBe('neighbour')
})
