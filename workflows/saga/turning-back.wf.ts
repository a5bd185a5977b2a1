import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { KINDS, type OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { scratchNames } from '../../stacks/postgres/scratch-names.ts'
import { gate } from '../../test/support/gate.ts'
import { until } from '../../test/support/postgres.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import type { Subject } from '../../test/support/rig-requests.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

const fatal = new Problem('test.fault', { status: 500, retryable: false, title: 'It broke on purpose' })

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())
afterEach(() => {
  delete rig.hooks.beforeEffect
  delete rig.hooks.afterEffect
})

/** Starts an operation and returns when it stands before the effect of `step`. */
async function upTo(step: string, kind: OperationKind) {
  const subject = await rig.prepare(kind)
  const before = await subjectState(rig, subject)
  const held = gate()
  rig.seen.length = 0
  rig.hooks.beforeEffect = async (call) => {
    if (call.step === step && call.attempt === 1) await held.pass()
  }
  const operationId = await rig.ask(kind, subject)
  await held.reached()
  return { subject, before, operationId, release: held.open }
}

const tenantIdOf = async ({ slug }: Subject): Promise<string> => {
  const [tenant] = await rig.rows('select id from tenants where slug = $1', [slug])
  return String(tenant?.['id'])
}

const cancelDelivered = (operationId: string) =>
  until(async () => {
    const [row] = await rig.rows('select 1 from operations where id = $1 and cancel_delivered_at is not null', [
      operationId,
    ])
    if (!row) throw new Error('the cancel was not delivered')
  })

test.each([
  { kind: 'tenant.suspend', step: 'publish-tenant' },
  { kind: 'tenant.resume', step: 'publish-tenant' },
  { kind: 'tenant.decommission', step: 'close-edge' },
  { kind: 'tenant.decommission', step: 'withdraw-tenant' },
] as const)('a cancel during $step of $kind puts everything back', async ({ kind, step }) => {
  const { subject, before, operationId, release } = await upTo(step, kind)
  await rig.cancel(operationId)
  await cancelDelivered(operationId)
  release()
  expect(await rig.ended(operationId)).toMatchObject({ state: 'cancelled', code: null })
  expect(await subjectState(rig, subject)).toEqual(before)
})

test('a cancel during the only step of an update leaves the old terms or the new ones, and says which', async () => {
  const { subject, before, operationId, release } = await upTo('publish-tenant', 'tenant.update')
  await rig.cancel(operationId)
  await cancelDelivered(operationId)
  release() // whether the cancel reaches the effect before it is done is a matter of milliseconds
  const { state } = await rig.ended(operationId)
  const limits = state === 'succeeded' ? { burst: 77 } : { burst: 40 }
  expect(['succeeded', 'cancelled']).toContain(state)
  expect(await subjectState(rig, subject)).toMatchObject({ ...before, tenant: { limits }, entry: { limits } })
})

test('a cancel reaches an effect that waits, and what was begun is taken back in reverse', async () => {
  const subject = await rig.prepare('tenant.provision')
  rig.seen.length = 0
  rig.hooks.afterEffect = ({ step }) => {
    if (step === 'open-edge') rig.region.world.edge.clear() // the address will never answer
  }
  const operationId = await rig.ask('tenant.provision', subject)
  await until(async () => expect(rig.seen).toContain('probe-serving'))
  await rig.cancel(operationId)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'cancelled', code: null })
  expect(rig.seen.slice(4)).toEqual(['undo-open-edge', 'undo-apply-route', 'undo-publish-tenant'])
  expect(await subjectState(rig, subject)).toMatchObject({ own: [], edge: false, tenant: { published: 'absent' } })
})

test('a cancel before the first step changes nothing', async () => {
  const { subject, before, operationId, release } = await upTo('learn-tenant', 'tenant.suspend')
  await rig.cancel(operationId)
  await cancelDelivered(operationId)
  release()
  expect(await rig.ended(operationId)).toMatchObject({ state: 'cancelled', steps: [] })
  expect(await subjectState(rig, subject)).toEqual(before)
})

test.each([
  { kind: 'cell.retire', step: 'remove-workload' },
  { kind: 'cell.retire', step: 'remove-namespace' },
  { kind: 'tenant.decommission', step: 'erase-rows' },
] as const)(
  'a cancel from $step of $kind on is refused, and ignored where it slips through',
  async ({ kind, step }) => {
    const { operationId, release } = await upTo(step, kind)
    const refused = await rig.call('POST', `/v1/operations/${operationId}/cancel`)
    expect(refused).toMatchObject({ status: 409, body: { code: 'operation.irreversible' } })
    await rig.client.workflow.getHandle(operationId).cancel() // as if it had been asked for a moment earlier
    release()
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
    expect(rig.seen).toEqual(KINDS[kind].steps.map((one) => one.step))
  },
)

test('a cancel after the last step undoes nothing', async () => {
  const { subject, operationId, release } = await upTo('close-operation', 'tenant.provision')
  await rig.cancel(operationId)
  await cancelDelivered(operationId)
  release()
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded', code: null })
  expect(await subjectState(rig, subject)).toMatchObject({ edge: true, own: ['route'], tenant: { state: 'active' } })
})

test('an undo that fails is quarantined, the rest goes on, and a retry makes it good', async () => {
  const subject = await rig.prepare('tenant.provision')
  rig.seen.length = 0
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'probe-serving' || step === 'undo-apply-route') throw fatal
  }
  const operationId = await rig.ask('tenant.provision', subject)
  expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'test.fault' })
  expect(rig.seen.slice(4)).toEqual(['undo-open-edge', 'undo-apply-route', 'undo-publish-tenant', 'quarantine'])
  expect(await subjectState(rig, subject)).toMatchObject({
    own: ['route'],
    edge: false,
    tenant: { published: 'absent' },
  })

  const tenantId = await tenantIdOf(subject)
  const condition = () =>
    rig.rows(`select status, reason, message from conditions where type = 'Quarantined' and subject = $1`, [
      `tenant:${tenantId}`,
    ])
  const [told] = await condition()
  expect(told).toMatchObject({ status: 'true', reason: 'UndoFailed' })
  expect(told?.['message']).toContain('apply-route (test.fault')
  expect([...rig.region.world.quarantined].join()).toContain(`${tenantId}.route ${operationId}`)

  delete rig.hooks.beforeEffect
  const { body } = await rig.call('POST', `/v1/operations/${operationId}/retry`)
  expect(await rig.ended(String(body['operationId']))).toMatchObject({ state: 'succeeded' })
  expect(await condition()).toMatchObject([{ status: 'false', reason: 'Resolved' }])
})

test('a suspension that could not be taken back is made good by the resumption after it', async () => {
  const subject = await rig.prepare('tenant.suspend')
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'probe-refusing' || step === 'undo-publish-tenant') throw fatal
  }
  const failed = await rig.ask('tenant.suspend', subject)
  expect(await rig.ended(failed)).toMatchObject({ state: 'failed', code: 'test.fault' })
  const condition = async () =>
    rig.rows(`select status from conditions where type = 'Quarantined' and subject = $1`, [
      `tenant:${await tenantIdOf(subject)}`,
    ])
  expect(await condition()).toEqual([{ status: 'true' }])

  delete rig.hooks.beforeEffect
  const resumed = await rig.ask('tenant.resume', subject) // it is suspended now: that is what could not be taken back
  expect(await rig.ended(resumed)).toMatchObject({ state: 'succeeded' })
  expect(await condition()).toEqual([{ status: 'false' }])
})

test.each([
  { kind: 'unit.check', stuck: 'prepare-check', reason: 'CheckNotUndone' },
  { kind: 'unit.attest', stuck: 'prepare-probe', reason: 'ProbeNotUndone' },
] as const)(
  'what a $kind could not take back is made good by the next one, and not by a deployment',
  async ({ kind, stuck, reason }) => {
    const subject = await rig.prepare('unit.deploy') // a cell of its own
    const run = async (wanted: OperationKind) => rig.ended(await rig.ask(wanted, subject))
    const condition = () =>
      rig.rows(`select status, reason from conditions where type = 'Quarantined' and subject = $1`, [
        `unit:${subject.cellId}`,
      ])
    rig.hooks.beforeEffect = ({ step }) => {
      if (step.startsWith('run-') || step === `undo-${stuck}`) throw fatal
    }
    expect(await run(kind)).toMatchObject({ state: 'failed', code: 'test.fault' })
    expect(await condition()).toEqual([{ status: 'true', reason }])
    delete rig.hooks.beforeEffect
    expect(await run('unit.deploy')).toMatchObject({ state: 'succeeded' })
    expect(await condition()).toEqual([{ status: 'true', reason }])
    expect(await run(kind)).toMatchObject({ state: 'succeeded' })
    expect(await condition()).toEqual([{ status: 'false', reason: 'Resolved' }])
  },
)

test('what a check and an attestation that were terminated by hand have left goes with their cell', async () => {
  const subject = await rig.prepare('cell.retire')
  const { databases, inventories } = rig.region.world
  const scratch = scratchNames(unitNames('cell', subject.slug)).database
  const left = () => [...inventories.keys()].filter((key) => key.startsWith(`${subject.slug}.`))
  for (const [kind, step] of [
    ['unit.check', 'run-clauses'],
    ['unit.attest', 'run-checks'],
  ] as const) {
    const held = gate()
    rig.hooks.beforeEffect = (call) => (call.step === step ? held.pass() : undefined)
    const operationId = await rig.ask(kind, subject)
    await held.reached()
    await rig.client.workflow.getHandle(operationId).terminate('by hand')
    await rig.settle(operationId)
    held.open()
    delete rig.hooks.beforeEffect
    expect(await rig.ended(operationId)).toMatchObject({ state: 'failed', code: 'operation.lost' })
  }
  expect(databases.has(scratch)).toBe(true)
  expect(left().some((key) => key.endsWith('.probe'))).toBe(true)
  expect(await rig.ended(await rig.ask('cell.retire', subject))).toMatchObject({ state: 'succeeded' })
  expect(databases.has(scratch)).toBe(false)
  expect(left()).toEqual([])
})

test('what a cancel cannot take back makes the operation a failure that names it', async () => {
  const { operationId, release } = await upTo('open-edge', 'tenant.provision')
  rig.hooks.afterEffect = ({ step }) => {
    if (step === 'undo-publish-tenant') throw fatal
  }
  await rig.cancel(operationId)
  await cancelDelivered(operationId)
  release()
  const end = await rig.ended(operationId)
  expect(end).toMatchObject({ state: 'failed', code: 'operation.quarantined' })
  expect(end.message).toContain('publish-tenant')
})

test('an operation settled by somebody else has no further effect, undos included', async () => {
  const { subject, operationId, release } = await upTo('apply-route', 'tenant.provision')
  await rig.settle(operationId)
  const before = await subjectState(rig, subject)
  release()
  const workflow = rig.client.workflow.getHandle(operationId)
  await expect(workflow.result()).rejects.toMatchObject({ cause: { type: 'operation.settled' } })
  expect(rig.seen).toEqual(['publish-tenant', 'apply-route'])
  expect(await subjectState(rig, subject)).toMatchObject({ ...before, own: expect.anything(), routes: 1 })
})

test('a tenant that is not served cannot be suspended, and stays as it is', async () => {
  const subject = await rig.prepare('tenant.provision')
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'open-edge') throw fatal
  }
  const held = gate()
  rig.hooks.afterEffect = ({ step }) => (step === 'undo-apply-route' ? held.pass() : undefined)
  const provision = await rig.ask('tenant.provision', subject)
  await held.reached()
  const tenantId = await tenantIdOf(subject)
  const suspend = await rig.ask('tenant.suspend', { ...subject, tenantId }) // queues behind
  held.open()
  await rig.ended(provision)
  expect(await rig.ended(suspend)).toMatchObject({ state: 'failed', code: 'tenant.not-published' })
  expect(await subjectState(rig, subject)).toMatchObject({
    tenant: { state: 'failed', published: 'absent' },
    entry: undefined,
  })
})

test('a leftover is named, and the removal can be asked for again when it is gone', async () => {
  const subject = await rig.prepare('tenant.decommission')
  const stray = 'stray.localhost'
  rig.region.world.edge.set(stray, {
    host: stray,
    tenant: subject.tenantId,
    unit: '',
    target: '',
    epoch: 0,
    closed: false,
  })
  const end = await rig.ended(await rig.ask('tenant.decommission', subject))
  expect(end).toMatchObject({ state: 'failed', code: 'decommission.residue' })
  expect(end.message).toContain(`EdgeRoute ${stray} in edge`)
  rig.region.world.edge.delete(stray)
  expect(await rig.ended(await rig.ask('tenant.decommission', subject))).toMatchObject({ state: 'succeeded' })
})

test('neither histories nor logs nor records hold a secret', async () => {
  const subject = await rig.prepare('cell.retire')
  rig.hooks.beforeEffect = ({ step }) => {
    if (step === 'remove-database')
      throw Object.assign(new Error('login failed: postgres://owner:hunter2@127.0.0.1/x\nhunter2'), {
        detail: 'hunter2',
        code: '28P01',
      })
  }
  const operationId = await rig.ask('cell.retire', subject)
  await until(async () => {
    const [row] = await rig.rows(
      'select 1 from operation_steps where operation_id = $1 and step = $2 and attempt > 1',
      [operationId, 'remove-database'],
    )
    if (!row) throw new Error('it was not tried again')
  })
  delete rig.hooks.beforeEffect
  await rig.ended(operationId)
  const secrets = ['hunter2', ...[...rig.region.world.secrets.values()].flatMap((data) => Object.values(data))]
  const history = JSON.stringify(await rig.client.workflow.getHandle(operationId).fetchHistory())
  const records = JSON.stringify(
    await rig.rows('select * from operation_steps s join operation_events e using (operation_id)'),
  )
  const decoded = history.replaceAll(/"data":"([^"]*)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString('utf8'),
  )
  for (const secret of secrets)
    for (const text of [history, decoded, records, rig.log.join('\n')]) expect(text).not.toContain(secret)
})

test('a step that takes longer renews its lease', async () => {
  const { operationId, release } = await upTo('apply-route', 'tenant.provision')
  const lease = async () => {
    const [row] = await rig.rows(
      `select lease_until from operation_steps where operation_id = $1 and step = 'apply-route'`,
      [operationId],
    )
    return Number(row?.['lease_until'])
  }
  const first = await lease()
  await until(async () => expect(await lease()).toBeGreaterThan(first))
  release()
  expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
})

test('many tenants are provisioned side by side', async () => {
  const subjects = await Promise.all(Array.from({ length: 20 }, () => rig.prepare('tenant.provision')))
  const operations = await Promise.all(subjects.map((subject) => rig.ask('tenant.provision', subject)))
  const ends = await Promise.all(operations.map((operationId) => rig.ended(operationId)))
  expect(ends.map(({ state }) => state)).toEqual(subjects.map(() => 'succeeded'))
})
