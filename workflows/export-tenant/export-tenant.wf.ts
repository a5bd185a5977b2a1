import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
import { unseal } from '../../control-plane/platform/sealing.ts'
import { readArchive } from '../../control-plane/proof/archive.ts'
import { linesOf } from '../../control-plane/proof/lines.ts'
import { openSealed } from '../../control-plane/proof/open-sealed.ts'
import type { RemovalRecord } from '../../control-plane/proof/removal-record.ts'
import { verifyArchive } from '../../control-plane/proof/verify-archive.ts'
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

async function* whole(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
async function keptBy(operationId: string) {
  const rows = await rig.rows(
    'select object_key as key, sealed_key as sealed, manifest from exports where operation_id = $1',
    [operationId],
  )
  const [row] = rows
  const key = unseal(rig.sealingKey, `export:${operationId}`, row?.['sealed'] as Buffer) // bytea
  const bytes = rig.region.world.exports.get(String(row?.['key']))
  return {
    rows: rows.length,
    key: key ?? Buffer.alloc(32),
    bytes: bytes ?? Buffer.alloc(0),
    manifest: row?.['manifest'],
  }
}

test('what is kept opens with its key, says what was there, and its record verifies', async () => {
  const subject = await rig.prepare('tenant.export')
  const operationId = await rig.ask('tenant.export', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  const { rows, key, bytes, manifest } = await keptBy(operationId)
  const verified = await verifyArchive(() => whole(bytes), key)
  expect([rows, verified]).toEqual([1, { manifest, audit: expect.objectContaining({ intact: true }) }])
  const configuration: string[] = []
  const record: string[] = []
  await readArchive(linesOf(openSealed(whole(bytes), key)), (section, line) => {
    if (section === 'configuration') configuration.push(line)
    if (section === 'audit') record.push(line)
  })
  expect(JSON.parse(configuration[0] ?? '')).toMatchObject({
    tenant: { slug: subject.slug },
    plan: { name: 'starter-shared' },
    access: { operators: expect.arrayContaining([{ id: expect.any(String), role: 'administrator' }]), handOffs: [] },
  })
  expect(record.join('\n')).toContain('tenant.export')
})

test('a repeat after the file was stored keeps one export, whose key opens what is stored', async () => {
  const subject = await rig.prepare('tenant.export')
  const passing = new Problem('test.fault', { status: 500, retryable: true, title: 'It broke on purpose' })
  rig.hooks.afterEffect = ({ step, attempt }) => {
    if (step === 'export-tenant' && attempt < 3) throw passing
  }
  const operationId = await rig.ask('tenant.export', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
  const { rows, key, bytes } = await keptBy(operationId)
  expect([rows, (await verifyArchive(() => whole(bytes), key)).audit.intact]).toEqual([1, true])
})

const sealedOf = (operationId: string) =>
  rig.rows(
    `select sealed_key as sealed, wrapped_key as wrapped, wrapped_by as by, handed_over_at is not null as "handedOver" from exports where operation_id = $1`,
    [operationId],
  )
const opensBy = async (operationId: string, key: Buffer) => {
  const [row] = await rig.rows('select object_key as key from exports where operation_id = $1', [operationId])
  const bytes = rig.region.world.exports.get(String(row?.['key'])) ?? Buffer.alloc(0)
  return (await verifyArchive(() => whole(bytes), key)).audit.intact
}

test('what a dedicated tenant exports opens by its own key alone, until that is about to go: then by the plane’s', async () => {
  const subject = await rig.prepare('tenant.decommission', 'stack')
  const first = await rig.ask('tenant.export', subject)
  expect(await rig.ended(first)).toMatchObject({ state: 'succeeded' })
  const by = `${subject.slug}-key`
  expect(await sealedOf(first)).toEqual([{ sealed: null, wrapped: expect.any(String), by, handedOver: false }])
  const [{ wrapped } = {}] = await sealedOf(first)
  const context = { tenant: subject.tenantId, export: first }
  const at = { url: '', keyTokenFile: '', name: by }
  const key = await rig.region.keys.unwrap(at, String(wrapped), context)
  expect(await opensBy(first, key)).toBe(true)
  await expect(rig.region.keys.unwrap(at, String(wrapped), { ...context, export: 'x' })).rejects.toThrow('refused')

  const passing = new Problem('test.fault', { status: 500, retryable: true, title: 'It broke on purpose' })
  rig.hooks.afterEffect = ({ step, attempt }) => {
    if (step === 'destroy-stack' && attempt < 3) throw passing
  }
  const removal = await rig.ask('tenant.decommission', subject)
  expect(await rig.ended(removal)).toMatchObject({ state: 'succeeded' })
  for (const operationId of [first, removal]) {
    const [row] = await sealedOf(operationId)
    expect(row).toMatchObject({ by, handedOver: true })
    const opened = unseal(rig.sealingKey, `export:${operationId}`, row?.['sealed'] as Buffer) // bytea
    expect(await opensBy(operationId, opened ?? Buffer.alloc(32))).toBe(true)
  }
  const events = await rig.rows(
    `select subject from audit_events where stream = 'tenant:' || $1 and action = 'export.hand-over'`,
    [subject.tenantId],
  )
  expect(events).toHaveLength(2) // once each, however often the step was repeated
  const { body } = await rig.call('GET', `/v1/tenants/${subject.tenantId}/certificate`)
  const { stays } = JSON.parse(String(body['record'])) as RemovalRecord
  expect(stays.filter(({ what }) => what === 'export').map(({ detail }) => detail['opensWith'])).toEqual([
    'plane',
    'plane',
  ])
})

test('an export that its own key does not open any more holds no removal up, and the certificate says so', async () => {
  const subject = await rig.prepare('tenant.decommission', 'stack')
  const lost = await rig.ask('tenant.export', subject)
  expect(await rig.ended(lost)).toMatchObject({ state: 'succeeded' })
  await rig.rows(`update exports set wrapped_key = 'of another key' where operation_id = $1`, [lost])
  expect(await rig.ended(await rig.ask('tenant.decommission', subject))).toMatchObject({ state: 'succeeded' })
  const { body } = await rig.call('GET', `/v1/tenants/${subject.tenantId}/certificate`)
  const { stays } = JSON.parse(String(body['record'])) as RemovalRecord
  const kept = stays.filter(({ what }) => what === 'export').map(({ detail }) => detail['opensWith'])
  expect(kept).toEqual(['nothing', 'plane'])
})

test('a key that does not answer is waited for', async () => {
  const subject = await rig.prepare('tenant.decommission', 'stack')
  rig.region.world.stacks.unreachable = true
  rig.hooks.beforeEffect = ({ step, attempt }) => {
    if (step === 'export-tenant' && attempt === 3) delete rig.region.world.stacks.unreachable
  }
  const operationId = await rig.ask('tenant.export', subject)
  const ended = await rig.ended(operationId)
  expect(ended).toMatchObject({ state: 'succeeded' })
  expect(ended.steps.filter(({ step }) => step === 'export-tenant').at(-1)?.attempt).toBe(3)
})

test('a full store fails the export with its code, keeps nothing and changes nothing of the tenant', async () => {
  const subject = await rig.prepare('tenant.export')
  rig.region.world.exports.full = true
  const operationId = await rig.ask('tenant.export', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'export.store-full' })
  expect(await rig.rows('select 1 from exports where operation_id = $1', [operationId])).toEqual([])
  expect(await rig.rows('select state, published from tenants where id = $1', [subject.tenantId])).toEqual([
    { state: 'active', published: 'active' },
  ])
})
