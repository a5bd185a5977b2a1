import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { testSigner } from '../../test/support/signer.ts'
import { CLAUSES, type ClauseId, judgeClause, type Sighting } from '../domain/contract.ts'
import { recordContract } from '../features/evidence/evidence.clauses.ts'
import { until } from '../../test/support/postgres.ts'

let plane: ServedPlane
let unitId: string
const record = recordContract(testSigner())
beforeAll(async () => {
  plane = await servedPlane()
  unitId = await plane.cell('desk')
})
afterAll(() => plane.close())

const clause = (id: ClauseId, holds: boolean | null, why?: Sighting['why']) => {
  const observations: Sighting[] = [{ what: `look at ${id}`, expected: 'x', seen: 'y', holds, ...(why ? { why } : {}) }]
  return { id, title: CLAUSES[id], outcome: judgeClause(observations), observations }
}
/** Runs `products check --wait` while somebody else does the worker's part and sees this. */
async function check(checks: ReturnType<typeof clause>[]) {
  const ran = plane.as('products check ledger --unit desk --wait')
  const [row] = await until(async () => {
    const found = await plane.rows(`select id from operations where kind = 'unit.check' and finished_at is null`)
    if (found.length === 0) throw new Error('not asked yet')
    return found
  })
  const unit = {
    id: unitId,
    kind: 'cell',
    name: 'desk',
    region: 'local-1',
    product: 'ledger',
    version: '1.0.0',
    contract: '1',
  }
  await plane.worker.transaction((tx) => record(tx, { operationId: String(row?.['id']), unit, checks }))
  await plane.finish(row?.['id'])
  return ran
}

test('what is kept is shown as a table and ends with 0, though another kind of unit has to show the rest', async () => {
  const { code, out } = await check([clause('http.whoami', true), clause('tenants.silo', null, 'elsewhere')])
  expect([code, out]).toEqual([0, expect.stringMatching(/^http\.whoami +pass +/m)])
  expect(out).toMatch(/^tenants\.silo +not-checked +.+look at tenants\.silo: y$/m)
  expect(await plane.as('evidence list --unit desk --kind contract')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/contract +unit:\S+ +not-checked +1\/2/),
  })
})

test('a broken clause is named and ends with 1, one that could not be looked at with 6', async () => {
  const broken = await check([clause('http.whoami', true), clause('http.suspended', false)])
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('not kept: http.suspended (contract.broken)') })
  expect(broken.out).toMatch(/look at http\.suspended: y instead of x$/m)
  expect(await check([clause('http.whoami', null)])).toMatchObject({
    code: 6,
    err: expect.stringContaining('contract.not-checked'),
  })
  const { out } = await plane.as('units get desk')
  expect(out).toMatch(
    /^ContractKept: +unknown \(NotAllChecked\) Not checked here: http\.whoami; 0 of 1 clauses passed$/m,
  )
})

test('its record verifies, and one that was touched does not', async () => {
  const [row] = await plane.rows(`select id from evidence where outcome = 'fail'`)
  const id = String(row?.['id'])
  const shown = await plane.as(`evidence get ${id} -o json`)
  expect(JSON.parse(shown.out)).toMatchObject({ kind: 'contract', verified: { judgement: true } })
  await plane.rows(`update evidence set record = replace(record, '"holds":false', '"holds":true') where id = $1`, [id])
  const touched = await plane.as(`evidence get ${id} -o json`)
  expect(JSON.parse(touched.out)).toMatchObject({ verified: { judgement: false } })
})

test.each([
  ['products check notes --unit desk', 5, 'unit.other-product'],
  ['products check ledger --unit nowhere', 4, 'unit.not-found'],
  ['products check ledger', 2, ''],
])('"%s" is refused with %i %s', async (line, code, problem) => {
  expect(await plane.as(line)).toMatchObject({ code, out: '', err: expect.stringContaining(problem) })
})

test('a unit that is not in service is not checked, and who only looks may not ask', async () => {
  await plane.as('cells create later --region local-1')
  expect(await plane.as('products check ledger --unit later')).toMatchObject({
    code: 5,
    err: expect.stringContaining('unit.not-checkable'),
  })
  const { token } = await plane.login('viewer')
  expect(await plane.as('products check ledger --unit desk', { token })).toMatchObject({ code: 3 })
})
