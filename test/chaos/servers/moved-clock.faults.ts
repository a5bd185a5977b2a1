import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../../control-plane/platform/ids.ts'
import { newSecret, secretHash } from '../../../control-plane/platform/secret.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { asCustomer } from '../../support/plane.ts'
import { until, withClient } from '../../support/postgres.ts'
import { dump, type Dump, HOME, request, type Subject, TENANT_LIFE } from '../../support/subject-life.ts'
import { halt } from '../support/daemon.ts'
import { handsOfEstate } from '../support/estate-hands.ts'
import { movedPlane, type MovedPlane } from '../support/moved-plane.ts'

/** The clock of API and worker moves by an hour amid their work, both ways: what expires, expires; everything else stays as it is. */
let its: TestEstate
let hands: Hands
let moved: MovedPlane
beforeAll(async () => {
  its = await testEstate()
  for (const server of ['api', 'worker']) await halt(its.estate, server)
  hands = await handsOfEstate(its.estate)
  moved = await movedPlane(its.estate, its.token)
  await moved.plane.settle(await ask('cell.create', HOME))
})
afterAll(async () => {
  await moved?.stop()
  await hands?.close()
  await its?.remove()
})

async function ask(kind: OperationKind, subject: Subject): Promise<string> {
  const { status, body } = await request({ estate: its.estate, plane: moved.plane }, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  return String(body['operationId'])
}

/** Lives a tenant's life; between the answer to each request and its end the clock moves from one time to another and back. */
async function live(name: string, from: number, to: number): Promise<Map<OperationKind, Dump>> {
  const subject = { name, cell: HOME.cell }
  const after = new Map<OperationKind, Dump>()
  for (const kind of TENANT_LIFE) {
    moved.moveTo(from)
    const operationId = await ask(kind, subject)
    moved.moveTo(to)
    await moved.plane.settle(operationId)
    moved.moveTo(from)
    after.set(kind, await dump({ estate: its.estate, plane: moved.plane }, hands, subject))
  }
  moved.moveTo(0)
  return after
}

test('every operation ends as it does without, whether the clock goes an hour on or back amid it', async () => {
  const undisturbed = await live('steady', 0, 0)
  expect(await live('onward', 0, 60)).toEqual(undisturbed)
  expect(await live('backward', 0, -60)).toEqual(undisturbed)
  expect(await live('returning', 60, 0)).toEqual(undisturbed)
})

const owner = async () => (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()

/** Another administrator with a token that ends in half an hour and a session that ends after an hour without use. */
async function login() {
  const [token, session, operatorId] = [newSecret('token'), newSecret('session'), newId()]
  await withClient(await owner(), async (client) => {
    await client.query(`insert into operators (id, name, role) values ($1, $2, 'administrator')`, [
      operatorId,
      operatorId,
    ])
    await client.query(
      `insert into operator_tokens (id, operator_id, token_hash, expires_at) values ($1, $2, $3, now() + interval '30 minutes')`,
      [newId(), operatorId, secretHash(token)],
    )
    await client.query(
      `insert into operator_sessions (id, operator_id, secret_hash, client, amr, created_at, last_used_at, expires_at, idle_seconds)
       values ($1, $2, $3, 'cli', '{pwd}', now(), now(), now() + interval '12 hours', 3600)`,
      [newId(), operatorId, secretHash(session)],
    )
  })
  return { token, session }
}

test('tokens and sessions end by the clock, and the clock alone revives no session that was seen to have ended', async () => {
  const { token, session } = await login()
  const status = async (secret: string) => (await moved.plane.call('GET', '/v1/tenants', { token: secret })).status
  const both = async () => [await status(token), await status(session)]
  expect(await both()).toEqual([200, 200])
  moved.moveTo(-60)
  expect(await both()).toEqual([200, 200])
  moved.moveTo(61)
  expect(await both()).toEqual([401, 401])
  moved.moveTo(0)
  expect(await status(token)).toBe(200)
})

test('an approval expires by the clock and destroys nothing; one that an earlier clock still allows is carried out', async () => {
  const { token } = await login()
  const { body } = await moved.plane.call('POST', '/v1/tenants', { body: { slug: 'guarded', plan: 'team-shared' } })
  await moved.plane.settle(String(body['operationId']))
  const subject = { name: 'guarded', cell: HOME.cell }
  const answer = async () => (await asCustomer(its.estate.urls.edge, 'guarded.localhost', '/whoami')).status

  const first = await ask('tenant.decommission', subject)
  moved.moveTo(61)
  expect((await moved.plane.settle(first, 'cancelled')).error?.code).toBe('approval.expired')
  expect(await answer()).toBe(200)

  const second = await ask('tenant.decommission', subject)
  moved.moveTo(0)
  const approved = await moved.plane.call('POST', `/v1/operations/${second}/approve`, { token })
  expect(approved.status).toBe(202)
  await moved.plane.settle(second)
  await until(async () => expect(await answer()).toBe(404))
})
