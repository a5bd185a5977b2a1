import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
import { unseal } from '../../control-plane/platform/sealing.ts'
import { readArchive } from '../../control-plane/proof/archive.ts'
import { linesOf } from '../../control-plane/proof/lines.ts'
import { openSealed } from '../../control-plane/proof/open-sealed.ts'
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
