import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Problem } from '../../control-plane/domain/problem.ts'
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
  const { backups, stacks } = rig.region.world
  for (const fault of ['full', 'gone', 'lossy', 'rotten'] as const) delete backups[fault]
  delete stacks.unreachable
})

const stack = () => rig.prepare('unit.backup', 'stack')
const done = async (kind: 'unit.backup' | 'unit.rotate-key' | 'tenant.export', subject: Subject) => {
  const operationId = await rig.ask(kind, subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded', code: null })
  return operationId
}
type Backup = Record<string, unknown> & { operationId: string; state: string; object: string }
const backups = async ({ slug }: Subject, query = '') => {
  const { body } = await rig.call('GET', `/v1/units/${slug}/backups${query}`)
  return body['items'] as Backup[] // as documented
}
const objectsOf = ({ slug }: Subject) =>
  [...rig.region.world.backups.keys()].filter((name) => name.startsWith(`${slug}/`))
const conditionOf = async ({ slug }: Subject) => {
  const { body } = await rig.call('GET', `/v1/units/${slug}`)
  const conditions = body['conditions'] as { type: string; status: string }[] // as documented
  return conditions.find(({ type }) => type === 'BackedUp')?.status
}
const keyOf = ({ slug }: Subject) => rig.region.world.keys.get(`${slug}-key`)
const tenantOf = async ({ slug }: Subject) => {
  const [row] = await rig.rows('select id from tenants where slug = $1', [slug])
  return String(row?.['id'])
}

test('a backup is in the store, sealed for the stack alone, noted with what it holds, and said of the unit', async () => {
  const subject = await stack()
  const operationId = await done('unit.backup', subject)
  const [backup, ...others] = await backups(subject)
  expect(others).toEqual([])
  expect(backup).toMatchObject({
    operationId,
    state: 'verified',
    unit: subject.slug,
    object: `backups/${operationId}`,
    store: `${subject.slug}-backups`,
    key: `${subject.slug}-key`,
    keyGeneration: 1,
    tables: 1,
    lsn: '0/1',
    removedAt: null,
  })
  const kept = rig.region.world.backups.get(`${subject.slug}/backups/${operationId}`)
  const label = JSON.parse(kept?.label ?? '{}') as { key: string; wrapped: string; context: Record<string, string> }
  expect(label.context).toEqual({ tenant: await tenantOf(subject), backup: operationId })
  const opened = await rig.region.keys.unwrap(
    { url: '', keyTokenFile: '', name: label.key },
    label.wrapped,
    label.context,
  )
  expect(opened.toString('hex')).toBe(kept?.dataKey) // by what the file says of itself
  expect(await conditionOf(subject)).toBe('true')
  expect(JSON.stringify([rig.log, await rig.rows('select * from backups')])).not.toContain(kept?.dataKey)
})

test('a repeat after it was stored writes over it, and the record opens what is there', async () => {
  const subject = await stack()
  const passing = new Problem('test.fault', { status: 500, retryable: true, title: 'It broke on purpose' })
  const take = rig.region.backups.take
  let tries = 0
  rig.region.backups.take = async (...args) => {
    const taken = await take(...args)
    if ((tries += 1) < 3) throw passing // stored, and nobody was told
    return taken
  }
  try {
    await done('unit.backup', subject)
  } finally {
    rig.region.backups.take = take
  }
  expect([tries, objectsOf(subject).length, (await backups(subject)).map(({ state }) => state)]).toEqual([
    3,
    1,
    ['verified'],
  ])
})

test.each([
  ['the store is full', 'full', 'backup.store-full'],
  ['the stack has no store', 'gone', 'backup.store-missing'],
  ['it lacks a row when it is restored', 'lossy', 'backup.rows-differ'],
  ['what is in the store is not what was stored', 'rotten', 'backup.object-damaged'],
] as const)('when %s it fails by name, and nothing of it stays', async (_what, fault, code) => {
  const subject = await stack()
  await done('unit.backup', subject)
  const before = objectsOf(subject)
  rig.region.world.backups[fault] = true
  const operationId = await rig.ask('unit.backup', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code })
  expect(objectsOf(subject)).toEqual(before)
  expect(rig.region.world.backups.rehearsals.size).toBe(0)
  expect((await backups(subject)).map(({ state }) => state)).toEqual(['verified'])
  const noted = (await backups(subject, '?removed=true')).find((one) => one.operationId === operationId)
  expect(noted?.['removedBecause']).toBe(fault === 'gone' ? undefined : fault === 'full' ? 'failed' : 'failed')
  expect(await conditionOf(subject)).toBe('true') // of the one before
})

test('a key that does not answer is waited for; one that is gone fails it, and nothing is stored', async () => {
  const subject = await stack()
  rig.region.world.stacks.unreachable = true
  rig.hooks.beforeEffect = ({ step, attempt }) => {
    if (step === 'take-backup' && attempt === 3) delete rig.region.world.stacks.unreachable
  }
  await done('unit.backup', subject)
  delete rig.hooks.beforeEffect
  const { make } = rig.region.keys
  rig.region.keys.make = () =>
    Promise.reject(new Problem('tenant-key.refused', { status: 409, retryable: false, title: 'No such key' }))
  try {
    const operationId = await rig.ask('unit.backup', subject)
    expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'tenant-key.refused' })
  } finally {
    rig.region.keys.make = make
  }
  expect(objectsOf(subject)).toHaveLength(1)
})

test('one that is cancelled while it is tried is taken back', async () => {
  const subject = await stack()
  let operationId = ''
  rig.hooks.afterEffect = async ({ step }) => {
    if (step === 'take-backup') await rig.cancel(operationId)
  }
  operationId = await rig.ask('unit.backup', subject)
  expect((await rig.ended(operationId)).state).toBe('cancelled')
  expect([objectsOf(subject), await backups(subject)]).toEqual([[], []])
})

test('a suspended stack is backed up, too', async () => {
  const subject = await stack()
  await rig.ended(await rig.ask('tenant.suspend', { ...subject, tenantId: await tenantOf(subject) }))
  await done('unit.backup', subject)
})

test('backups go when their time is over, the newest never, and late objects of failed ones with them', async () => {
  const subject = await stack()
  const first = await done('unit.backup', subject)
  const second = await done('unit.backup', subject)
  rig.region.world.backups.lossy = true
  const failed = await rig.ask('unit.backup', subject)
  await rig.ended(failed)
  delete rig.region.world.backups.lossy
  // an attempt that was given up for dead stores its object after the end
  rig.region.world.backups.set(`${subject.slug}/backups/${failed}`, { dataKey: '', label: '', contents: [] })
  await rig.rows(`update backups set taken_at = taken_at - interval '20 days' where operation_id = any($1)`, [
    [first, second],
  ])
  const third = await done('unit.backup', subject)
  expect(objectsOf(subject)).toEqual([`${subject.slug}/backups/${third}`])
  const removed = (await backups(subject, '?removed=true')).map((one) => one['removedBecause'])
  expect(removed).toEqual([null, 'failed', 'retention', 'retention'])
  await rig.rows(`update regions set settings = settings || '{"backupRetentionDays": 30}'`)
  await rig.rows(`update backups set taken_at = taken_at - interval '20 days' where operation_id = $1`, [third])
  await done('unit.backup', subject)
  expect(objectsOf(subject)).toHaveLength(2) // the region keeps them longer
  await rig.rows(`update regions set settings = settings - 'backupRetentionDays'`)
})

test('a rotation wraps exports anew and leaves backups what they name; the old generation ends when nothing needs it', async () => {
  const subject = await stack()
  const tenantId = await tenantOf(subject)
  const exported = await done('tenant.export', { ...subject, tenantId })
  const first = await done('unit.backup', subject)
  await done('unit.rotate-key', subject)
  const wrapped = () =>
    rig.rows('select wrapped_key as key, key_generation as generation from exports where operation_id = $1', [exported])
  expect(await wrapped()).toEqual([{ key: expect.any(String), generation: 2 }])
  const [{ key } = {}] = await wrapped()
  const at = { url: '', keyTokenFile: '', name: `${subject.slug}-key` }
  expect(await rig.region.keys.unwrap(at, String(key), { tenant: tenantId, export: exported })).toHaveLength(32)
  expect(keyOf(subject)).toEqual({ newest: 2, ended: new Set() }) // the backup needs the first
  const second = await done('unit.backup', subject)
  expect((await backups(subject)).map((one) => [one.operationId, one['keyGeneration']])).toEqual([
    [second, 2],
    [first, 1],
  ])
  await rig.rows(`update backups set taken_at = taken_at - interval '20 days' where operation_id = $1`, [first])
  await done('unit.backup', subject)
  expect(keyOf(subject)).toEqual({ newest: 2, ended: new Set([1]) })
  const audit = await rig.rows(
    `select action from audit_events where action in ('export.rewrap', 'unit.rotate-key', 'unit.backup', 'backup.delete', 'stack-key.end') and
       (stream = 'tenant:' || $1 or subject = 'unit:' || $2) order by 1`,
    [tenantId, subject.cellId],
  )
  expect(audit.map(({ action }) => action)).toEqual([
    'backup.delete',
    'export.rewrap',
    'stack-key.end',
    'unit.backup',
    'unit.backup',
    'unit.backup',
    'unit.rotate-key',
  ])
})

test('a rotation is planned as a change of the key alone, and another asked for meanwhile is the same wish', async () => {
  const subject = await stack()
  const [first, second] = [await rig.ask('unit.rotate-key', subject), await rig.ask('unit.rotate-key', subject)]
  expect(second).toBe(first)
  expect(await rig.ended(first)).toMatchObject({ state: 'succeeded' })
  const { body } = await rig.call('GET', `/v1/operations/${first}/plan`)
  expect(body['content']).toMatchObject({ change: 'rotate', objects: [], terms: [], findings: [] })
  await done('unit.rotate-key', subject)
  expect(keyOf(subject)?.newest).toBe(3)
})

test('a removed stack takes its backups with it, on record', async () => {
  const subject = await stack()
  const tenantId = await tenantOf(subject)
  await done('unit.backup', subject)
  expect(await rig.ended(await rig.ask('tenant.decommission', { ...subject, tenantId }))).toMatchObject({
    state: 'succeeded',
  })
  expect([objectsOf(subject), await backups(subject)]).toEqual([[], []])
  expect((await backups(subject, '?removed=true'))[0]?.['removedBecause']).toBe('stack-gone')
})
