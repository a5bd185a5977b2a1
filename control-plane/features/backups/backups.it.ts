import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { createTelemetry } from '../../platform/telemetry.ts'
import { newId } from '../../platform/ids.ts'
import { observeRows } from '../../platform/row-gauges.ts'
import { createAuditAppend } from '../audit/audit.service.ts'
import { lockSubjects } from '../operations/operations.request.ts'
import { operationsService } from '../operations/operations.service.ts'
import { findUnit } from '../units/units.find.ts'
import { unitsStore } from '../units/units.store.ts'
import { backupGauges } from './backups.gauges.ts'
import { backupRecords, type BackupRecords } from './backups.records.ts'
import { askForBackups } from './backups.schedule.ts'

/** Asking for backups and rotations, and what is shown of them; what they do is shown in workflows/backup-unit and on the estate. */
const DAY_MS = 86_400_000
let plane: Customers
let records: BackupRecords
beforeAll(async () => {
  plane = await customers()
  records = backupRecords({ clock: plane.clock, audit: createAuditAppend({ clock: plane.clock }) })
})
afterEach(() => plane.clock.moveTo(undefined))
afterAll(() => plane.close())

/** A dedicated tenant whose stack stands. */
async function stack(slug: string): Promise<{ id: string; tenantId: string }> {
  const asked = await plane.call('POST', '/v1/tenants', { body: { slug, plan: 'team-dedicated' } })
  await plane.rows(`update operations set state = 'succeeded', finished_at = now() - interval '1 hour' where id = $1`, [
    asked.body['operationId'],
  ])
  await plane.rows(`update tenants set state = 'active' where slug = $1`, [slug])
  const access = {
    kubeconfig: '/k',
    sweepKubeconfig: '/s',
    productDatabaseUrlFile: '/p',
    sweepDatabaseUrlFile: '/q',
    gatewayUrl: 'http://127.0.0.1:1',
    podNetwork: null,
  }
  const [unit] = await plane.rows(
    `update units set state = 'active', access = $2 where name = $1 returning id, (select id from tenants where slug = $1) as tenant`,
    [slug, JSON.stringify(access)],
  )
  return { id: String(unit?.['id']), tenantId: String(unit?.['tenant']) }
}
const ask = (unit: string, verb: 'backups' | 'rotate-key', options: Parameters<Customers['call']>[2] = {}) =>
  plane.call('POST', `/v1/units/${unit}/${verb}`, options)
const list = (unit: string, query = '') => plane.call('GET', `/v1/units/${unit}/backups${query}`)

/** As the steps note one, taken so many days ago. */
async function kept(unit: { id: string; tenantId: string }, daysAgo: number, verified = true): Promise<string> {
  const operationId = newId()
  await plane.rows(
    `insert into operations (id, kind, state, unit_id, unit_kind, region, input, finished_at) select $1, 'unit.backup', 'succeeded', id, kind, region, '{}', now() - $3 * interval '1 day' from units where id = $2`,
    [operationId, unit.id, daysAgo],
  )
  await plane.worker.transaction(async (tx) => {
    await records.begin(tx, {
      unitId: unit.id,
      tenantId: unit.tenantId,
      operationId,
      region: 'local-1',
      store: 'acme-backups',
      objectKey: `backups/${operationId}`,
      wrappedKey: 'w',
      wrappedBy: 'acme-key',
      keyGeneration: 1,
      product: 'ledger',
      version: '1.0.0',
      schema: 1,
    })
    const contents = [
      { table: 'public.a', rows: 3 },
      { table: 'public.b', rows: 4 },
    ]
    await records.stored(tx, operationId, { bytes: 9, sha256: 'a'.repeat(64), lsn: '0/9', contents })
    if (verified) await records.verified(tx, unit.id, operationId)
  })
  await plane.rows(`update backups set taken_at = now() - $2 * interval '1 day' where operation_id = $1`, [
    operationId,
    daysAgo,
  ])
  return operationId
}

test.each(['backups', 'rotate-key'] as const)('%s is an operation of its own; asked twice it is one', async (verb) => {
  const { id } = await stack(`twice-${verb}`)
  const headers = { 'idempotency-key': `once-${verb}` }
  const asked = await ask(`twice-${verb}`, verb, { headers })
  expect(asked.status).toBe(202)
  expect(asked.headers['location']).toBe(`/v1/operations/${String(asked.body['operationId'])}`)
  expect((await ask(`twice-${verb}`, verb, { headers })).body).toEqual(asked.body)
  expect((await ask(id, verb)).body).toMatchObject({ operationId: asked.body['operationId'], merged: true })
})

test.each([
  ['backups', 'backup'],
  ['rotate-key', 'stack-key'],
] as const)('%s of what is no stack, or not in service, is refused by name and changes nothing', async (verb, noun) => {
  await plane.cell(`pool-${verb}`)
  await plane.customer(`own-${verb}`, { plan: 'team-private' })
  await stack(`broken-${verb}`)
  await plane.rows(`update units set state = 'failed' where name = $1`, [`broken-${verb}`])
  const { token } = await plane.login('release-operator')
  const before = await plane.dump()
  for (const [unit, code, kind] of [
    [`pool-${verb}`, `${noun}.not-a-stack`, 'cell'],
    [`own-${verb}`, `${noun}.not-a-stack`, 'instance'],
    [`broken-${verb}`, `${noun}.not-in-service`, undefined],
  ] as const) {
    const { status, body } = await ask(unit, verb)
    expect([status, body['code'], body['kind']]).toEqual([409, code, kind])
  }
  expect((await ask('nowhere', verb)).body['code']).toBe('unit.not-found')
  expect((await ask('No%20Name', verb)).status).toBe(400)
  expect((await ask(`broken-${verb}`, verb, { token })).body['code']).toBe('access.forbidden')
  expect(await plane.dump()).toEqual(before)
})

test('a repeat of a failed one is judged by what the unit is by now', async () => {
  await stack('fading')
  const failed = (await ask('fading', 'backups')).body['operationId']
  await plane.finish(failed, 'failed')
  await plane.rows(`update units set state = 'retiring' where name = 'fading'`)
  const again = await plane.call('POST', `/v1/operations/${String(failed)}/retry`)
  expect([again.status, again.body['code']]).toEqual([409, 'backup.not-in-service'])
})

test('backups are listed newest first, page by page, without those that are gone; and who may look sees no key', async () => {
  const unit = await stack('shown')
  const operations = [await kept(unit, 3), await kept(unit, 2, false), await kept(unit, 1)]
  const { body } = await list('shown')
  expect(body['items']).toMatchObject([
    { operationId: operations[2], state: 'verified', tables: 2, rows: 7, bytes: 9, lsn: '0/9', unit: 'shown' },
    { operationId: operations[1], state: 'taken', verifiedAt: null },
    { operationId: operations[0], state: 'verified' },
  ])
  const first = await list('shown', '?limit=2')
  const rest = await list('shown', `?limit=2&cursor=${String(first.body['nextCursor'])}`)
  expect([first.body['items'], rest.body['items'], rest.body['nextCursor']]).toMatchObject([
    [{ operationId: operations[2] }, { operationId: operations[1] }],
    [{ operationId: operations[0] }],
    null,
  ])
  const other = await list('shown', `?removed=true&cursor=${String(first.body['nextCursor'])}`)
  expect(other.body['code']).toBe('cursor.invalid')
  await plane.worker.transaction((tx) => records.gone(tx, unit.id))
  expect((await list('shown')).body['items']).toEqual([])
  expect((await list('shown', '?removed=true')).body['items']).toMatchObject(
    Array.from({ length: 3 }, () => ({ state: 'removed', removedBecause: 'stack-gone' })),
  )
  const { token } = await plane.login('viewer')
  const seen = await plane.call('GET', '/v1/units/shown/backups?removed=true', { token })
  expect([seen.status, JSON.stringify(seen.body).includes('wrapped')]).toEqual([200, false])
  expect((await list('nowhere')).body['code']).toBe('unit.not-found')
})

const due = () => {
  const { operator: database, clock } = plane
  const audit = createAuditAppend({ clock })
  const hooks = { onRetry: async () => {}, onAdmitted: async () => {}, onClosed: async () => {} }
  const { request } = operationsService({ database, hooks, audit, clock, approvalMs: 1 })
  return askForBackups({
    database,
    findUnit: (tx, reference) => findUnit({ store: unitsStore }, tx, reference),
    request,
    lockSubjects,
    audit,
    clock,
    everyMs: DAY_MS,
    logger: { warn: (...line: unknown[]) => void plane.log.push(JSON.stringify(line)) },
  })
}
/** Only what a test is about is due. */
const retireAll = async () => {
  await plane.rows(
    `update operations set state = 'failed', finished_at = now() - interval '3 hours' where finished_at is null`,
  )
  await plane.rows('delete from operation_claims')
  await plane.rows(`update units set state = 'retired'`)
}
const asked = async () =>
  (
    await plane.rows(
      `select u.name, o.requested_by as by from operations o join units u on u.id = o.unit_id
        where o.kind = 'unit.backup' and o.finished_at is null order by 1`,
    )
  ).map(({ name, by }) => [name, by])

test('a stack is backed up each day by the plane itself, a new one when it has come to rest, none twice', async () => {
  await retireAll()
  const [old, young] = [await stack('old'), await stack('young')]
  await stack('busy')
  await plane.rows(
    `update operations set finished_at = now() - interval '1 minute' where unit_id = (select id from units where name = 'busy')`,
  )
  await kept(old, 2)
  await kept(young, 0.5)
  const fresh = await stack('fresh')
  expect(await due()).toBe(2)
  expect(await asked()).toEqual([
    ['fresh', null],
    ['old', null],
  ])
  expect(await due()).toBe(0)
  await plane.rows(
    `update operations set state = 'failed', finished_at = now() where kind = 'unit.backup' and unit_id = $1`,
    [fresh.id],
  )
  await plane.rows('delete from operation_claims where subject = $1', [`unit:${fresh.id}`])
  expect(await due()).toBe(0) // it was just tried
})

test('a stack that was not backed up for two days says so, and its age is told beside the interval', async () => {
  await retireAll()
  const unit = await stack('stale')
  await kept(unit, 3)
  const telemetry = createTelemetry()
  observeRows(telemetry.meter, plane.operator, backupGauges({ everyMs: DAY_MS }), (error) => expect.fail(String(error)))
  const value = async (name: string) =>
    Number(new RegExp(`^${name} (\\S+)`, 'm').exec(await telemetry.exposition())?.[1] ?? Number.NaN)
  const condition = async () => {
    const { body } = await plane.call('GET', '/v1/units/stale')
    const conditions = body['conditions'] as { type: string; status: string; message: string }[] // as documented
    return conditions.find(({ type }) => type === 'BackedUp')
  }
  try {
    expect(await condition()).toMatchObject({ status: 'true' })
    await due()
    expect(await condition()).toMatchObject({ status: 'false', message: expect.stringContaining('is of 20') })
    expect(await value('steward_backup_interval_seconds')).toBe(86_400)
    expect(await value('steward_backup_oldest_seconds')).toBeCloseTo(3 * 86_400, -3)
    await kept(unit, 0)
    expect(await condition()).toMatchObject({ status: 'true' })
    expect(await value('steward_backup_oldest_seconds')).toBeLessThan(86_400)
  } finally {
    await telemetry.close()
  }
})
