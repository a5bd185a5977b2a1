import { planeClient } from '../support/plane.ts'
import { tellStackStory } from './stack-story.ts'
import {
  change,
  expectStatus,
  follow,
  openAccount,
  provision,
  remove,
  send,
  type Account,
  type Tenant,
  type Told,
} from './told.ts'

/** The demo's story against a running plane: every line of it is a real request; any surprise throws. */
export async function tellStory(
  account: Account,
  at: { apiUrl: string; edgeUrl: string; token: string; home: string },
): Promise<void> {
  const told: Told = { ...account, plane: planeClient({ url: at.apiUrl, token: at.token }), edgeUrl: at.edgeUrl }
  await account.step('Create cell-1: a namespace with guardrails, a database, two product pods', () => createCell(told))
  const acme = await account.step('Provision the shared tenant acme', () =>
    provision(told, 'acme', 'Acme', 'team-shared'),
  )
  const globex = await account.step('Provision the shared tenant globex', () =>
    provision(told, 'globex', 'Globex', 'starter-shared'),
  )
  const initech = await account.step('Provision the private tenant initech: its own namespace, database and pods', () =>
    provision(told, 'initech', 'Initech', 'team-private'),
  )
  await account.step('Serve all three through edge and gateway', () => serve(told, [acme, globex, initech]))
  await account.step('Refuse reads and writes across tenants', () => keepApart(told, acme, globex))
  await account.step('Suspend globex: its requests get 403, acme keeps working', () => suspend(told, globex, acme))
  await account.step('Resume globex', () => resume(told, globex))
  await account.step('Suspend initech to nothing: no pod runs, the edge refuses', () => suspend(told, initech, acme))
  await account.step('Resume initech', () => resume(told, initech))
  await tellStackStory(told, { home: at.home, neighbour: acme })
  await account.step('Remove initech with its namespace, database and pods', () => remove(told, initech))
  await account.step('Remove globex: route, rows and entry gone, checked with a separate credential', () =>
    remove(told, globex),
  )
  await account.step('Read the audit trail', () => readAudit(told, globex))
}

async function createCell(told: Told): Promise<void> {
  const answer = await told.plane.call('POST', '/v1/cells', { body: { name: 'cell-1' } })
  expectStatus('create a cell', answer, 202)
  await follow(told, answer.body)
}

async function serve(told: Told, tenants: readonly Tenant[]): Promise<void> {
  for (const tenant of tenants) {
    const whoami = await send(told, tenant, '/whoami')
    expectStatus(`reach ${tenant.slug}`, whoami, 200)
    told.say(`    GET http://${tenant.host}:${new URL(told.edgeUrl).port}/whoami -> ${whoami.body}`)
  }
}

async function keepApart(told: Told, acme: Tenant, globex: Tenant): Promise<void> {
  const cash = await openAccount(told, acme, 'Cash')
  const sales = await openAccount(told, acme, 'Sales')
  const theirs = await openAccount(told, globex, 'Cash')
  expectStatus('acme reads its own account', await send(told, acme, `/accounts/${cash}`), 200)
  const read = await send(told, globex, `/accounts/${cash}`)
  expectStatus('globex reads an account of acme', read, 404)
  told.say(`    globex reads acme's account: ${read.status}`)
  const write = await send(told, globex, '/entries', entry(theirs, sales))
  if (write.status < 400 || write.status >= 500)
    throw new Error(`globex wrote to an account of acme: ${write.status} ${write.body}`)
  told.say(`    globex books against acme's account: ${write.status}`)
  expectStatus('acme books an entry', await send(told, acme, '/entries', entry(cash, sales)), 201)
}

const entry = (debit: string, credit: string) => ({
  description: 'First sale',
  postings: [
    { accountId: debit, amountMinor: 12_500 },
    { accountId: credit, amountMinor: -12_500 },
  ],
})

async function suspend(told: Told, tenant: Tenant, neighbour: Tenant): Promise<void> {
  await change(told, 'POST', `/v1/tenants/${tenant.slug}/suspend`)
  expectStatus('reach the suspended tenant', await send(told, tenant, '/whoami'), 403)
  expectStatus('reach its neighbour', await send(told, neighbour, '/whoami'), 200)
  told.say(`    ${tenant.slug} -> 403, ${neighbour.slug} -> 200`)
}

async function resume(told: Told, tenant: Tenant): Promise<void> {
  await change(told, 'POST', `/v1/tenants/${tenant.slug}/resume`)
  expectStatus('reach the resumed tenant', await send(told, tenant, '/accounts'), 200)
}

async function readAudit({ plane, say }: Told, tenant: Tenant): Promise<void> {
  const { body } = await plane.call<{ items: { action: string; at: string }[] }>(
    'GET',
    `/v1/audit?subject=tenant:${tenant.id}`,
  )
  if (body.items.length === 0) throw new Error('the audit trail holds nothing of the removed tenant')
  say(
    `    ${tenant.slug}: ${body.items
      .map(({ action }) => action)
      .toReversed()
      .join(', ')}`,
  )
}
