import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { RemovalRecord } from '../../control-plane/proof/removal-record.ts'
import { verifyCertificate } from '../../control-plane/proof/verify-certificate.ts'
import { gate } from '../../test/support/gate.ts'
import { until } from '../../test/support/postgres.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
  rig.region.world.exports.full = false
})

const UNITS = ['cell', 'instance'] as const
const state = async ({ tenantId }: Subject) =>
  (await rig.rows('select state, published, removal_confirmed as confirmed from tenants where id = $1', [tenantId]))[0]
const hold = ({ tenantId }: Subject) =>
  rig.call('POST', `/v1/tenants/${tenantId}/holds`, { body: { reason: 'matter 1' } })
const release = async (subject: Subject, placed: Awaited<ReturnType<typeof hold>>) => {
  const { id } = placed.body['hold'] as { id: string } // shape of HoldPlaced
  await rig.call('POST', `/v1/tenants/${subject.tenantId}/holds/${id}/release`, { body: { reason: 'settled' } })
}
const certificate = ({ tenantId }: Subject) => rig.call('GET', `/v1/tenants/${tenantId}/certificate`)
const exportsOf = ({ tenantId }: Subject) =>
  rig.rows('select operation_id as by from exports where tenant_id = $1', [tenantId])
const fault = (retryable: boolean) =>
  new Problem('test.fault', { status: 500, retryable, title: 'It broke on purpose' })

/** Begins a removal and returns when it stands before (or after) the effect of a step. */
async function upTo(step: string, subject: Subject, when: 'beforeEffect' | 'afterEffect' = 'beforeEffect') {
  const held = gate()
  rig.hooks[when] = async (call) => {
    if (call.step === step && call.attempt === 1) await held.pass()
  }
  const operationId = await rig.ask('tenant.decommission', subject)
  await held.reached()
  return { operationId, release: held.open }
}

test.each(UNITS)('a removal of a %s tenant exports, removes and certifies', async (unit) => {
  const subject = await rig.prepare('tenant.decommission', unit)
  const operationId = await rig.ask('tenant.decommission', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  expect(await exportsOf(subject)).toEqual([{ by: operationId }])
  const { body, text } = await certificate(subject)
  expect(verifyCertificate(text)).toMatchObject({ valid: true, anchored: false })
  const record = JSON.parse(String(body['record'])) as RemovalRecord
  expect(record).toMatchObject({ kind: 'decommission', operationId, approval: null, tenant: { slug: subject.slug } })
  expect(record.destroyed.map(({ step }) => step)).toEqual(
    unit === 'cell'
      ? ['close-edge', 'remove-route', 'withdraw-tenant', 'erase-rows']
      : ['close-edge', 'remove-route', 'remove-workload', 'remove-database', 'remove-namespace'],
  )
  expect(record.stays.map(({ what }) => what)).toEqual([
    'export',
    'audit record',
    'evidence',
    'terms',
    'slug',
    'fences',
  ])
  expect(record.sweep.looks.length).toBeGreaterThanOrEqual(3)
  const listed = await rig.call('GET', '/v1/evidence?kind=decommission&limit=1')
  const [{ id }] = listed.body['items'] as [{ id: string }] // shape of EvidencePage
  expect((await rig.call('GET', `/v1/evidence/${id}`)).body).toMatchObject({ verified: { judgement: true } })
})

test('a certificate names who asked, who approved and when, and the holds that had been there', async () => {
  const subject = await rig.prepare('tenant.decommission')
  await release(subject, await hold(subject))
  const end = new Date(Date.now() + 3_600_000).toISOString()
  await rig.call('POST', `/v1/tenants/${subject.tenantId}/holds`, { body: { reason: 'matter 2', until: end } })
  await rig.rows(
    `update legal_holds set placed_at = placed_at - interval '1 day', until = now() where tenant_id = $1 and until is not null`,
    [subject.tenantId],
  )
  await rig.rows(`update plans set approvals = '{"decommission": "second-operator"}' where name = 'starter-shared'`)
  try {
    const operationId = await rig.ask('tenant.decommission', subject)
    const { token, operatorId } = await rig.login('administrator')
    expect((await rig.call('POST', `/v1/operations/${operationId}/approve`, { token, body: {} })).status).toBe(202)
    expect((await rig.ended(operationId)).state).toBe('succeeded')
    const { text, body } = await certificate(subject)
    expect(verifyCertificate(text)).toMatchObject({ valid: true })
    const { approval, holds, requestedBy } = JSON.parse(String(body['record'])) as RemovalRecord
    expect(approval).toMatchObject({ operationId, requestedBy, decidedBy: operatorId })
    expect(requestedBy).not.toBe(operatorId)
    expect(Date.parse(approval?.requestedAt ?? '')).toBeLessThan(Date.parse(approval?.decidedAt ?? ''))
    expect(holds).toMatchObject([
      { until: null, placedBy: requestedBy, releasedBy: requestedBy, releasedAt: expect.any(String) },
      { until: expect.any(String), placedBy: requestedBy, releasedBy: null, releasedAt: null },
    ])
    expect(text).not.toContain('matter')
  } finally {
    await rig.rows(`update plans set approvals = '{"decommission": "none"}' where name = 'starter-shared'`)
  }
})

test('a tenant that is there has no certificate, nor one that nobody knows', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const none = await certificate(subject)
  expect([none.status, none.body['code']]).toEqual([404, 'certificate.none'])
  expect((await rig.call('GET', '/v1/tenants/nobody/certificate')).body['code']).toBe('tenant.not-found')
})

test.each(UNITS)('a full store: nothing of a %s tenant is destroyed, and it is served as before', async (unit) => {
  const subject = await rig.prepare('tenant.decommission', unit)
  const before = await subjectState(rig, subject)
  rig.region.world.exports.full = true
  const operationId = await rig.ask('tenant.decommission', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'export.store-full' })
  const after = await subjectState(rig, subject)
  expect({ ...after, tenant: null, unit: null }).toEqual({ ...before, tenant: null, unit: null })
  expect(await state(subject)).toMatchObject({ published: 'active', confirmed: null })
  expect(await exportsOf(subject)).toEqual([])
  rig.region.world.exports.full = false
  expect(await rig.ended(await rig.ask('tenant.decommission', subject))).toMatchObject({ state: 'succeeded' })
})

test('a shared database with large objects: the removal is refused before anything is closed, or goes without an export', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const before = await subjectState(rig, subject)
  for (const name of rig.region.world.databases.keys()) rig.region.world.largeObjects.add(name)
  try {
    const operationId = await rig.ask('tenant.decommission', subject)
    expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'export.large-objects' })
    expect(await rig.rows('select step from operation_steps where operation_id = $1', [operationId])).toEqual([
      { step: 'inspect-export' },
    ])
    const after = await subjectState(rig, subject)
    expect({ ...after, tenant: null, unit: null }).toEqual({ ...before, tenant: null, unit: null })
    const exported = await rig.ended(await rig.ask('tenant.export', subject))
    expect(exported).toMatchObject({ state: 'failed', code: 'export.large-objects' })
    const waived = await rig.call('DELETE', `/v1/tenants/${subject.tenantId}?withoutExport=true`)
    expect(await rig.ended(String(waived.body['operationId']))).toMatchObject({ state: 'succeeded' })
  } finally {
    rig.region.world.largeObjects.clear()
  }
})

test('who asks may waive the export: none is kept, and the certificate says so', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const asked = await rig.call('DELETE', `/v1/tenants/${subject.tenantId}?withoutExport=true`)
  expect(await rig.ended(String(asked.body['operationId']))).toMatchObject({ state: 'succeeded' })
  expect(await exportsOf(subject)).toEqual([])
  const { stays } = JSON.parse(String((await certificate(subject)).body['record'])) as RemovalRecord
  expect(stays.map(({ what }) => what)).toContain('no export')
})

const HELD = [
  ['cell', 'inspect-export'],
  ['cell', 'close-edge'],
  ['cell', 'remove-route'],
  ['cell', 'withdraw-tenant'],
  ['cell', 'export-tenant'],
  ['cell', 'confirm-removal'],
  ['instance', 'export-tenant'],
  ['instance', 'confirm-removal'],
] as const
test.each(HELD)(
  'a hold on a %s tenant before %s: the removal turns back and the tenant is served again',
  async (unit, step) => {
    const subject = await rig.prepare('tenant.decommission', unit)
    const before = await subjectState(rig, subject)
    const { operationId, release: goOn } = await upTo(step, subject)
    const placed = await hold(subject)
    expect([placed.status, placed.body['stopped']]).toEqual([201, operationId])
    goOn()
    expect((await rig.ended(operationId)).state).toBe('cancelled')
    expect(await subjectState(rig, subject)).toEqual(before)
    expect(await state(subject)).toEqual({ state: 'active', published: 'active', confirmed: null })
    await release(subject, placed)
    expect(await rig.ended(await rig.ask('tenant.decommission', subject))).toMatchObject({ state: 'succeeded' })
  },
)

test('a hold whose stopping comes too late is found at the last moment', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const { operationId, release: goOn } = await upTo('confirm-removal', subject)
  await rig.rows(
    `insert into legal_holds (id, tenant_id, reason, placed_by, placed_at) values (gen_random_uuid(), $1, 'matter', gen_random_uuid(), now())`,
    [subject.tenantId],
  )
  goOn()
  expect(await rig.ended(operationId)).toMatchObject({ state: 'cancelled', code: 'tenant.on-hold' })
  expect(await state(subject)).toEqual({ state: 'active', published: 'active', confirmed: null })
})

test.each(UNITS)(
  'once the removal of a %s tenant is confirmed a hold is refused, and promises nothing',
  async (unit) => {
    const subject = await rig.prepare('tenant.decommission', unit)
    const { operationId, release: goOn } = await upTo('confirm-removal', subject, 'afterEffect')
    const refused = await hold(subject)
    expect([refused.status, refused.body['code']]).toEqual([409, 'hold.too-late'])
    goOn()
    expect((await rig.ended(operationId)).state).toBe('succeeded')
    expect((await hold(subject)).body['code']).toBe('hold.too-late')
  },
)

test('a removal that turns back after its confirmation can be held again', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const { operationId, release: goOn } = await upTo('confirm-removal', subject, 'afterEffect')
  await rig.cancel(operationId)
  await until(async () => {
    const sql = 'select 1 from operations where id = $1 and cancel_delivered_at is not null'
    if ((await rig.rows(sql, [operationId])).length === 0) throw new Error('the cancel was not delivered')
  })
  goOn()
  expect((await rig.ended(operationId)).state).toBe('cancelled')
  expect(await state(subject)).toEqual({ state: 'active', published: 'active', confirmed: null })
  expect((await hold(subject)).status).toBe(201)
})

test('rows in another cell are residue: nothing is certified, and when they are gone it can be asked for again', async () => {
  const subject = await rig.prepare('tenant.decommission')
  rig.region.world.databases.set('cell_elsewhere', new Set([subject.tenantId]))
  const failed = await rig.ended(await rig.ask('tenant.decommission', subject))
  expect(failed).toMatchObject({ state: 'failed', code: 'decommission.residue' })
  expect(failed.message).toContain(`rows ${subject.tenantId} in cell_elsewhere`)
  expect((await certificate(subject)).status).toBe(404)
  rig.region.world.databases.delete('cell_elsewhere')
  expect(await rig.ended(await rig.ask('tenant.decommission', subject))).toMatchObject({ state: 'succeeded' })
  const { body } = await certificate(subject)
  const { destroyed, stays } = JSON.parse(String(body['record'])) as RemovalRecord
  expect(new Set(destroyed.map((one) => one.operationId)).size).toBe(2) // what the first one took away is part of it
  expect(stays.filter(({ what }) => what === 'export')).toHaveLength(2)
})

test('a certificate is signed once, however often its step is repeated', async () => {
  const subject = await rig.prepare('tenant.decommission')
  rig.hooks.afterEffect = ({ step, attempt }) => {
    if (step === 'verify-tenant-gone' && attempt < 3) throw fault(true)
  }
  const operationId = await rig.ask('tenant.decommission', subject)
  expect((await rig.ended(operationId)).state).toBe('succeeded')
  expect(await rig.rows('select 1 from evidence where operation_id = $1', [operationId])).toHaveLength(1)
})
