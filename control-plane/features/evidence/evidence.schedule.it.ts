import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'
import { withClient } from '../../../test/support/postgres.ts'
import { newId } from '../../platform/ids.ts'
import { observeRows } from '../../platform/row-gauges.ts'
import { createTelemetry } from '../../platform/telemetry.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { lockSubjects } from '../operations/operations.request.ts'
import { operationsService } from '../operations/operations.service.ts'
import { findUnit } from '../units/units.find.ts'
import { unitsStore } from '../units/units.store.ts'
import { evidenceGauges } from './evidence.gauges.ts'
import { askForDue } from './evidence.schedule.ts'
import { evidenceStore } from './evidence.store.ts'

const WEEK_MS = 7 * 86_400_000
let api: TestApi
beforeAll(async () => {
  api = await testApi()
  await sql(`insert into regions (name, target, domain, settings) values ('local-1', 'local', 'localhost', '{}')`)
})
afterAll(() => api?.close())

const sql = (text: string, values: unknown[] = []) =>
  withClient(api.database.url(), async (client) => (await client.query(text, values)).rows as Record<string, unknown>[])
async function unit(kind: 'cell' | 'instance', name: string, created = 'now()'): Promise<string> {
  const id = newId()
  await sql(
    `insert into units (id, kind, name, region, state, product, version, capacity, created_at)
     values ($1, $2, $3, 'local-1', 'active', 'ledger', '1.0.0', case $2 when 'cell' then '{"tenants": 1, "requestsPerSecond": 1}'::jsonb end, ${created})`,
    [id, kind, name],
  )
  return id
}
const due = () => {
  const { operator: database, clock } = api
  const audit = createAuditAppend({ clock })
  const hooks = { onRetry: async () => {}, onAdmitted: async () => {}, onClosed: async () => {} }
  const { request } = operationsService({ database, hooks, audit, clock, approvalMs: 1 })
  return askForDue({
    database,
    store: evidenceStore,
    findUnit: (tx, reference) => findUnit({ store: unitsStore }, tx, reference),
    request,
    lockSubjects,
    audit,
    clock,
    everyMs: WEEK_MS,
    logger: { warn: () => {} },
  })
}
const asked = async () =>
  (
    await sql(
      `select u.name from operations o join units u on u.id = o.unit_id where o.kind = 'unit.attest' order by 1`,
    )
  ).map(({ name }) => name)

test('a new cell and a new instance are measured at once, and nothing twice', async () => {
  await unit('cell', 'young')
  await unit('cell', 'old', `now() - interval '8 days'`)
  await unit('instance', 'acme')
  await sql(
    `insert into operations (id, kind, state, unit_id, unit_kind, region, input)
     select $1, 'cell.retire', 'waiting', id, kind, region, '{}' from units where name = 'old'`,
    [newId()],
  )
  expect(await due()).toBe(3)
  expect(await asked()).toEqual(['acme', 'old', 'young'])
  expect(await due()).toBe(0)
})

test('it is measured again a week after its last record, and one that could not be measured an hour later', async () => {
  await sql(`update operations set state = 'failed', finished_at = now()`)
  await sql('delete from operation_claims')
  expect(await due()).toBe(0)
  api.clock.moveTo(new Date(Date.now() + 2 * 3_600_000))
  expect(await due()).toBe(3)
  await sql(`update operations set state = 'succeeded', finished_at = now()`)
  await sql('delete from operation_claims')
  const [{ id } = {}] = await sql(`select id from units where name = 'acme'`)
  await sql(
    `insert into evidence values ($1, 'isolation', 'unit:x', $2, null, $3, 'pass', '{}', 'k', 's', now() + interval '2 hours')`,
    [newId(), id, newId()],
  )
  api.clock.moveTo(new Date(Date.now() + 5 * 3_600_000))
  expect(await due()).toBe(2) // the cells: they have no record yet
  api.clock.moveTo(new Date(Date.now() + WEEK_MS + 86_400_000))
  await sql(`update operations set state = 'succeeded', finished_at = now()`)
  await sql('delete from operation_claims')
  api.clock.moveTo(new Date(api.clock.now().getTime() + WEEK_MS))
  await sql(`update operations set finished_at = $1`, [new Date(api.clock.now().getTime() - 20_000).toISOString()])
  expect(await due()).toBe(0) // something was at work a moment ago
  api.clock.moveTo(new Date(api.clock.now().getTime() + 3_600_000))
  expect(await due()).toBe(3)
})

test('how long ago the units in service were measured is told beside how often they are to be', async () => {
  const telemetry = createTelemetry()
  observeRows(telemetry.meter, api.operator, evidenceGauges({ everyMs: WEEK_MS }), (error) =>
    expect.fail(String(error)),
  )
  const value = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await telemetry.exposition())?.[1] ?? Number.NaN)
  const oldest = () => value('steward_attestation_oldest_seconds')
  try {
    expect(await value('steward_attestation_interval_seconds')).toBe(604_800)
    expect(await oldest()).toBeGreaterThanOrEqual(8 * 86_400) // the old cell has no record, so it counts from its birth
    await sql(`update units set state = 'retired' where name = 'old'`)
    await sql(`update evidence set measured_at = now() - interval '3 hours'`)
    expect(await oldest()).toBeGreaterThanOrEqual(3 * 3600)
    expect(await oldest()).toBeLessThan(86_400)
    await sql(`update units set state = 'retired'`)
    expect(await oldest()).toBe(0)
  } finally {
    await telemetry.close()
  }
})
