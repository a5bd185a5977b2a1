import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CHECK_IDS } from '../../control-plane/domain/attestation.ts'
import { createCell, testEstate, type TestEstate } from '../support/estate.ts'
import { until } from '../support/postgres.ts'
import { withOwnParts } from '../support/own-parts.ts'

let its: TestEstate
beforeAll(async () => {
  its = await testEstate({ env: withOwnParts({ ...process.env, STEWARD_ATTEST_HOURS: '1' }) })
  await createCell(its.plane, 'cell-1')
})
afterAll(async () => its?.remove())

type Seen = {
  id: string
  outcome: string
  observations: { what: string; seen: string; guard: string | null; said: string }[]
}
type Listed = { items: { id: string; outcome: string; operationId: string }[] }
const evidenceOf = async (unit: string) => (await its.plane.call<Listed>('GET', `/v1/evidence?unit=${unit}`)).body.items
/** The oldest record, once there is one and the operation that made it has ended. */
async function firstOf(unit: string): Promise<Listed['items'][number]> {
  const record = await until(async () => {
    const found = (await evidenceOf(unit)).at(-1)
    if (!found) throw new Error('not measured yet')
    return found
  }, 120)
  await its.plane.settle(record.operationId)
  return record
}
const checksIn = async (id: string) => {
  const { body } = await its.plane.call<{ record: string; verified: object }>('GET', `/v1/evidence/${id}`)
  expect(body.verified).toEqual({ signature: true, judgement: true })
  return (JSON.parse(body.record) as { checks: Seen[] }).checks
}
/** What the process node cannot enforce: it has no volumes, and no network that keeps to policies. */
const MISSING = ['MTB-1199', 'MTB-1200', 'MTB-1201']
const expected = CHECK_IDS.map((id) => [id, MISSING.includes(id) ? 'not-enforced' : 'pass'])
const short = (checks: readonly Seen[]) => checks.map(({ id, outcome }) => [id, outcome])
const odd = (checks: readonly Seen[]) => checks.filter(({ id, outcome }) => outcome !== 'pass' && !MISSING.includes(id))

test('a cell is measured by itself when it is there: what the estate can enforce passes, the rest says so, nothing stays', async () => {
  const record = await firstOf('cell-1')
  const checks = await checksIn(record.id)
  expect(odd(checks)).toEqual([])
  expect(short(checks)).toEqual(expected)
  const unit = await its.plane.call<{ conditions: { type: string; status: string; reason: string }[] }>(
    'GET',
    '/v1/units/cell-1',
  )
  expect(unit.body.conditions).toContainEqual(
    expect.objectContaining({ type: 'Isolated', status: 'unknown', reason: 'NotEnforced' }),
  )
})

test('a unit is measured on request, which is another record', async () => {
  const first = await firstOf('cell-1')
  const { status, body } = await its.plane.call('POST', '/v1/units/cell-1/attest')
  expect(status).toBe(202)
  await its.plane.settle(String(body['operationId']))
  const records = (await evidenceOf('cell-1')).map(({ id }) => id)
  expect(records).toHaveLength(2)
  expect(records).toContain(first.id)
})

test('a private instance is measured by itself when it is there, and its record verifies on the command line', async () => {
  const { status, body } = await its.plane.call('POST', '/v1/tenants', { body: { slug: 'acme', plan: 'team-private' } })
  expect({ status, body }).toMatchObject({ status: 202 })
  await its.plane.settle(String(body['operationId']))
  const record = await firstOf('acme')
  const checks = await checksIn(record.id)
  expect(odd(checks)).toEqual([])
  expect(short(checks)).toEqual(expected)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['control-plane/cli/main.ts', 'evidence', 'verify', record.id],
    { env: { ...process.env, STEWARD_URL: its.estate.urls.api, STEWARD_TOKEN: its.token } },
  )
  expect(stdout).toContain('follows from what was seen')
})
