import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { startEstate, type Estate } from '../../stacks/local/estate.ts'
import { createCell, estateHome, testEstate, type TestEstate } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { asCustomer } from '../support/plane.ts'

/** One estate stands in for a company's own servers; the other is told where they are. */
let theirs: Estate
let ours: TestEstate
const homes: string[] = []
const newHome = async (): Promise<string> => {
  const home = await estateHome()
  homes.push(home)
  return home
}

beforeAll(async () => {
  theirs = await startEstate({
    home: await newHome(),
    portBase: 'free',
    throwAway: true,
    without: ['api', 'worker'],
    env: withOwnParts(),
  })
  const { credentials } = theirs
  const configured = {
    DATABASE_URL_FILE: credentials.url('plane-operator'),
    DATABASE_WORKER_URL_FILE: credentials.url('plane-worker'),
    DATABASE_OWNER_URL_FILE: credentials.url('plane-owner'),
    TEMPORAL_ADDRESS: theirs.temporalAddress,
    KUBECONFIG: credentials.kubeconfig('worker'),
    STEWARD_SWEEP_KUBECONFIG: credentials.kubeconfig('sweep'),
    STEWARD_ACCESS_KUBECONFIG: credentials.kubeconfig('access'),
    STEWARD_GATEWAY_URL: theirs.urls.gateway,
    STEWARD_POD_NETWORK: '10.244.=127.244.',
    PROMETHEUS_URL: theirs.urls.prometheus,
  }
  ours = await testEstate({ env: { ...withOwnParts(), ...configured } })
})
afterAll(async () => {
  await ours?.remove()
  await theirs?.stop()
  for (const home of homes) await rm(home, { recursive: true, force: true })
})

const serversOf = async (estate: Estate): Promise<string[]> => {
  const { servers } = (await (await askDaemon(estate.home, '/servers')).json()) as {
    servers: { name: string; state: string }[]
  }
  return servers.filter(({ state }) => state === 'ready').map(({ name }) => name)
}

test('parts whose address is configured are not started, and the plane works on them', async () => {
  const running = await serversOf(ours.estate)
  const replaced = [
    'plane-db',
    'temporal',
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'node',
    'gateway',
    'prometheus',
  ]
  expect(running.filter((name) => replaced.includes(name))).toEqual([])
  expect(running).toEqual(expect.arrayContaining(['api', 'worker', 'edge', 'products-db']))

  await createCell(ours.plane, 'abroad')
  const { body } = await ours.plane.call<{ operationId: string; tenant: { host: string } }>('POST', '/v1/tenants', {
    body: { slug: 'acme', plan: 'team-shared' },
  })
  await ours.plane.settle(body.operationId)
  const answer = await asCustomer(ours.estate.urls.edge, body.tenant.host, '/whoami')
  expect({ status: answer.status, tenant: JSON.parse(answer.body) }).toMatchObject({
    status: 200,
    tenant: { tenant: 'acme' },
  })
  const pods = await (await askDaemon(theirs.home, '/pods')).json()
  expect(JSON.stringify(pods)).toContain('cell-abroad')
})

test('an outside database without its other logins is refused by name, and nothing is started', async () => {
  const DATABASE_URL_FILE = theirs.credentials.url('plane-operator')
  const attempt = startEstate({
    home: await newHome(),
    portBase: 'free',
    env: { ...withOwnParts(), DATABASE_URL_FILE },
  })
  await expect(attempt).rejects.toMatchObject({
    code: 'configuration.invalid',
    message: expect.stringContaining('DATABASE_WORKER_URL') as string,
  })
})
