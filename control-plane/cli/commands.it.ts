import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type Ran, type ServedPlane } from '../../test/support/cli.ts'
import { newId } from '../platform/ids.ts'

let plane: ServedPlane
beforeAll(async () => void (plane = await servedPlane()))
afterAll(() => plane.close())

const json = async <T = Record<string, unknown>>(line: string): Promise<T> => {
  const { code, out, err } = await plane.as(`${line} -o json`)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as T // what the test then compares
}
const table = async (line: string): Promise<string> => {
  const { code, out, err } = await plane.as(line)
  expect([code, err]).toEqual([0, ''])
  return out
}
const refused = ({ code, out, err }: Ran) => ({ code, out, err: err.split('\n')[0] })

test('plans and regions, as tables and as JSON', async () => {
  expect(await table('plans list')).toMatch(/^NAME +ISOLATION +REGIONS +REQUESTS\/S +PRICE\/MONTH\n/)
  const plans = await json<{ name: string }[]>('plans list')
  expect(plans.map(({ name }) => name)).toContain('starter-shared')
  expect(await table('plans get starter-shared')).toMatch(/^price\/month: +\d+\.\d\d EUR$/m)
  expect(await json('plans get starter-shared')).toMatchObject({ name: 'starter-shared', isolation: 'shared' })
  expect(await table('regions list')).toMatch(/^local-1 +local +localhost$/m)
  expect(await table('regions get local-1')).toMatch(/^edge: +http:\/\/127\.0\.0\.1:7401$/m)
  expect(await json('regions list')).toHaveLength(2)
  expect(await json('regions get local-2')).toMatchObject({ domain: 'local-2.localhost' })
})

test('signing keys: made, replaced and listed', async () => {
  const made = await json<{ id: string }>('keys rotate evidence')
  expect(await table('keys rotate evidence')).toMatch(new RegExp(`^endorsed by: +${made.id}$`, 'm'))
  expect(await table('keys list')).toMatch(new RegExp(`^${made.id} +evidence +\\S+ +\\S+Z +-$`, 'm'))
  expect(await plane.as('keys rotate wishes')).toMatchObject({ code: 2, out: '' })
})

test('a cell: made, listed, shown, retired', async () => {
  const made = await json(
    'cells create first --region local-1 --retire-approval none --tenants 3 --requests-per-second 90 --product ledger --version 1.0.0',
  )
  expect(made).toMatchObject({
    state: 'running',
    merged: false,
    cell: { name: 'first', capacity: { tenants: 3, requestsPerSecond: 90 } },
  })
  await plane.finish(made['operationId'])
  expect(await table('cells list')).toMatch(/^first +local-1 +active +ledger:1\.0\.0 +0\/3 +0\/90$/m)
  expect(await json('cells list --state creating')).toEqual([])
  const shown = await table('cells get first')
  expect(shown).toMatch(/^generation: +1$/m)
  expect(shown).toMatch(/^Ready: +true/m)
  expect(await plane.as('cells retire first --yes --if-match 9')).toMatchObject({
    code: 5,
    err: expect.stringContaining('generation.stale'),
  })
  expect(await table('cells retire first --yes --if-match 1')).toMatch(
    /^operation [0-9a-f-]+ \(running\); follow it: steward operations watch/,
  )
  expect(await json('cells get first')).toMatchObject({ state: 'retiring' })
  const [operation] = await json<{ id: string; subject: string }[]>('operations list --unit first --kind cell.retire')
  expect(operation?.subject).toBe('first')
  await plane.finish(operation?.id)
  expect(await json('cells list --region local-1')).toEqual([])
})

test('a tenant: tried, made, found, changed, suspended, resumed, removed', async () => {
  await plane.cell('second', { tenants: 50 })
  const details =
    '--name "Acme Corporation" --external-id crm-1 --contact ada@acme.example --notes "pays late" --burst 80'
  const before = await plane.dump()
  const preview = await table(`tenants create acme --plan starter-shared --region local-1 ${details} --dry-run`)
  expect(preview).toMatch(/^would create: +acme on starter-shared \(shared\)$/m)
  expect(preview).toMatch(/^limits: +20 requests\/s, burst 80, statements 2000 ms$/m)
  expect(preview).toMatch(/^step 1: /m)
  expect(await json('tenants create acme --plan starter-shared --dry-run')).toMatchObject({
    dryRun: true,
    tenant: { slug: 'acme' },
  })
  expect(await plane.dump()).toEqual(before)

  const made = await json(`tenants create acme --plan starter-shared ${details} --idempotency-key once`)
  expect(await json(`tenants create acme --plan starter-shared ${details} --idempotency-key once`)).toEqual(made)
  const tenant = made['tenant'] as { id: string; unit: { id: string } } // shape of TenantAccepted
  await plane.publish({ id: tenant.id, unitId: tenant.unit.id }, 'active')
  await plane.finish(made['operationId'])
  for (const filter of [
    '--slug ac',
    '--external-id crm-1',
    '--contact ada',
    '--state active',
    '--plan starter-shared',
    '--region local-1',
    '--unit second',
  ])
    expect(await table(`tenants list ${filter}`)).toMatch(
      /^acme +Acme Corporation +starter-shared +shared +local-1 +second +active +http:\/\/acme\.localhost:7401$/m,
    )
  expect(await json('tenants list --slug zz')).toEqual([])
  expect(await table('tenants get acme')).toMatch(/^notes: +pays late$/m)
  expect(await json(`tenants get ${tenant.id}`)).toMatchObject({ slug: 'acme', limits: { burst: 80 } })

  expect(await table('tenants update acme --contact "" --name Acme')).toBe('acme is at generation 2')
  expect(await json('tenants get acme')).toMatchObject({ contact: null, name: 'Acme', externalId: 'crm-1' })
  const limits = await json('tenants update acme --burst plan --requests-per-second 30 --if-match 2')
  await plane.publish({ id: tenant.id, unitId: tenant.unit.id }, 'active')
  await plane.finish(limits['operationId'])
  expect(await json('tenants get acme')).toMatchObject({ overrides: { requestsPerSecond: 30 } })
  await plane.finish((await json('tenants update acme --plan-limits'))['operationId'])
  expect(await json('tenants get acme')).toMatchObject({ overrides: {} })
  for (const [verb, as] of [
    ['suspend', 'suspended'],
    ['resume', 'active'],
  ] as const) {
    const { operationId } = await json(`tenants ${verb} acme`)
    expect(await table(`tenants ${verb} acme`)).toBe(`already on its way: operation ${String(operationId)} (running)`)
    await plane.publish({ id: tenant.id, unitId: tenant.unit.id }, as)
    await plane.finish(operationId)
    expect(await json('tenants get acme')).toMatchObject({ state: as })
  }
  const gone = await json('tenants decommission acme --yes')
  await plane.publish({ id: tenant.id, unitId: tenant.unit.id }, 'absent')
  await plane.finish(gone['operationId'])
  expect(await json('tenants list')).toEqual([])
  expect(await json('tenants list --state decommissioned')).toMatchObject([{ slug: 'acme' }])
})

test('operations and audit events: listed by all filters, shown, cancelled and repeated', async () => {
  const { id, unitId } = await plane.customer('globex')
  const [unit] = await plane.rows('select name from units where id = $1', [unitId])
  const { operationId } = await json('tenants suspend globex')
  expect(await table('operations list --limit 1')).toMatch(
    new RegExp(`^${String(operationId)} +tenant\\.suspend +globex +running +0/2 `, 'm'),
  )
  for (const filter of [
    '--tenant globex',
    `--tenant ${id}`,
    '--state running',
    '--kind tenant.suspend',
    `--unit ${String(unit?.['name'])}`,
    '--since 2020-01-01T00:00:00Z',
  ])
    expect((await json<{ id: string }[]>(`operations list ${filter}`)).map((one) => one.id)).toContain(operationId)
  expect(await json('operations list --since 2100-01-01T00:00:00Z')).toEqual([])
  const shown = await table(`operations get ${String(operationId)}`)
  expect(shown).toMatch(/^tenant\.suspend running: 0 of 2 steps, no history yet\n {4}Publish the suspension/)
  expect(shown).toMatch(/^subject: +globex$/m)
  expect(shown).toMatch(/^cancel: +possible$/m)
  expect(await json(`operations cancel ${String(operationId)}`)).toMatchObject({ operationId })
  expect(await table(`operations get ${String(operationId)}`)).toContain('0 of 2 steps, stopping')
  await plane.finish(operationId, 'cancelled')
  const again = await json(`operations retry ${String(operationId)}`)
  expect(await table(`operations get ${String(again['operationId'])}`)).toMatch(
    new RegExp(`^repeats: +${String(operationId)}$`, 'm'),
  )
  expect(await plane.as(`operations cancel ${String(again['operationId'])}`)).toMatchObject({
    code: 0,
    out: expect.stringContaining('asked to stop'),
  })
  await plane.finish(again['operationId'], 'cancelled')

  expect(await table('audit list --tenant globex')).toMatch(/tenant\.suspend +succeeded +tenant:/)
  const [event] = await json<{ actorId: string; subject: string; action: string }[]>(
    'audit list --action tenant.suspend --limit 1',
  )
  for (const filter of [
    `--actor ${event?.actorId}`,
    `--subject ${event?.subject}`,
    '--outcome succeeded',
    '--from 2020-01-01T00:00:00Z',
    '--to 2100-01-01T00:00:00Z',
  ])
    expect(await json(`audit list --action tenant.suspend ${filter}`)).toContainEqual(
      expect.objectContaining({ subject: event?.subject }),
    )
  expect(await json('audit list --outcome failed')).toEqual([])
})

test('lists go on past the plane’s largest page, and stop where they are told', async () => {
  await plane.rows(
    `insert into regions (name, target, domain, settings)
     select 'more-' || n, target, domain, settings from regions, generate_series(1, 450) n where name = 'local-2'`,
  )
  const names = (await json<{ name: string }[]>('regions list')).map(({ name }) => name)
  expect([names.length, new Set(names).size]).toEqual([452, 452])
  expect(await json('audit list --limit 2')).toHaveLength(2)
  expect((await json<unknown[]>('audit list --limit 9999')).length).toBeGreaterThan(2)
})

test.each([
  ['tenants get nobody', 4, 'tenant.not-found'],
  ['cells get nowhere', 4, 'cell.not-found'],
  ['plans get free', 4, 'plan.not-found'],
  ['regions get moon', 4, 'region.not-found'],
  [`operations get ${newId()}`, 4, 'operation.not-found'],
  [`operations watch ${newId()}`, 4, 'operation.not-found'],
  [`operations cancel ${newId()}`, 4, 'operation.not-found'],
  [`operations retry ${newId()} --wait`, 4, 'operation.not-found'],
  ['operations list --tenant nobody', 4, 'tenant.not-found'],
  ['operations list --unit nowhere', 4, 'unit.not-found'],
  ['units get nowhere', 4, 'unit.not-found'],
  ['audit list --tenant nobody', 4, 'tenant.not-found'],
  ['tenants suspend nobody', 4, 'tenant.not-found'],
  ['tenants decommission nobody --yes', 4, 'tenant.not-found'],
  ['tenants create x --plan starter-shared', 2, 'request.invalid'],
  ['tenants create acme-2 --plan free', 2, 'plan.unknown'],
  ['tenants create api --plan starter-shared', 2, 'slug.reserved'],
  ['tenants list --state odd', 2, 'request.invalid'],
  ['operations list --kind odd', 2, 'request.invalid'],
  ['operations get 7', 2, 'request.invalid'],
  ['audit list --from yesterday', 2, 'request.invalid'],
  ['cells create UPPER', 2, 'request.invalid'],
  ['cells create other --region local-1 --product quake', 2, 'product.unknown'],
  ['products get quake', 4, 'product.not-found'],
  ['products register cell', 2, 'product.chart-reserved'],
  ['products register ../cell', 2, 'request.invalid'],
  ['products add-version ledger 1.0.0 --schema 1', 5, 'product.version-taken'],
])('"%s" is refused with exit code %i and %s, in either output', async (line, code, problem) => {
  for (const output of ['table', 'json']) {
    const ran = await plane.as(`${line} -o ${output}`)
    expect(refused(ran)).toEqual({
      code,
      out: '',
      err: expect.stringMatching(new RegExp(`^error: .+ \\(${problem.replace('.', '\\.')}\\)$`)),
    })
  }
})

test('a conflict is exit 5, one that ends by itself exit 6', async () => {
  const { slug, unitId } = await plane.customer('initech')
  const [cell] = await plane.rows('select name from units where id = $1', [unitId])
  expect(refused(await plane.as(`tenants create ${slug} --plan starter-shared`))).toMatchObject({
    code: 5,
    err: expect.stringContaining('tenant.slug-taken'),
  })
  expect(refused(await plane.as(`cells retire ${String(cell?.['name'])} --yes`))).toMatchObject({
    code: 5,
    err: expect.stringContaining('cell.occupied'),
  })
  expect(refused(await plane.as(`tenants update ${slug} --name X --if-match 7`))).toMatchObject({
    code: 5,
    err: expect.stringContaining('generation.stale'),
  })
  const { operationId } = await json(`tenants decommission ${slug} --yes`)
  const suspended = refused(await plane.as(`tenants suspend ${slug}`))
  expect([5, 6]).toContain(suspended.code)
  expect(suspended.err).toContain(suspended.code === 6 ? 'operation.conflict' : 'tenant.state-forbids')
  await plane.finish(operationId)
  expect(refused(await plane.as(`operations cancel ${String(operationId)}`))).toMatchObject({
    code: 5,
    err: expect.stringContaining('operation.finished'),
  })
})

test('who may only read, and who has no token, is exit 3', async () => {
  const { token } = await plane.login('viewer')
  expect(await plane.as('plans list', { token })).toMatchObject({ code: 0 })
  const forbidden = refused(await plane.as('tenants create hooli --plan starter-shared', { token }))
  expect(forbidden).toMatchObject({ code: 3, out: '', err: expect.stringContaining('access.forbidden') })
  const unknown = refused(await plane.as('whoami', { token: `${token.slice(0, -3)}xyz` }))
  expect(unknown).toMatchObject({ code: 3, out: '', err: expect.stringContaining('access.unauthenticated') })
})

test('a removal that waits: seen, approved by another, rejected with a reason', async () => {
  const { token, operatorId } = await plane.login('administrator')
  await plane.cell('approvals')
  await plane.customer('waiter', { plan: 'team-shared' })
  const asked = await table('tenants decommission waiter --yes')
  expect(asked).toMatch(
    /^operation [0-9a-f-]+ waits for its change plan or another operator: steward operations approve [0-9a-f-]+$/m,
  )
  const [waiting] = await json<{ id: string; requestedBy: string }[]>('operations list --state waiting')
  const id = waiting?.id ?? ''
  const shown = await table(`operations get ${id}`)
  expect(shown).toMatch(/^tenant\.decommission waiting for another operator until \d{4}-/m)
  expect(shown).toMatch(/^waits for: +an operator other than [0-9a-f-]+ with operations:approve, until \d{4}-/m)
  expect(await plane.as(`operations approve ${id}`)).toMatchObject({
    code: 3,
    err: expect.stringContaining('approval.same-operator'),
  })
  expect((await plane.as(`operations reject ${id}`, { token })).code).toBe(2)
  const rejected = await plane.as(`operations reject ${id} --reason not-yet`, { token })
  expect(rejected).toMatchObject({ code: 0, out: expect.stringContaining('rejected') })
  expect(await table(`operations get ${id}`)).toMatch(new RegExp(`^rejected: .* by ${operatorId}: not-yet$`, 'm'))

  await plane.customer('goer', { plan: 'team-shared' })
  const made = await json('tenants decommission goer --yes')
  const other = String(made['operationId'])
  const approved = await plane.as(`operations approve ${other}`, { token })
  expect(approved).toMatchObject({ code: 0, out: expect.stringContaining('approved; follow it') })
  expect(await table(`operations get ${other}`)).toMatch(new RegExp(`^approved: .* by ${operatorId}$`, 'm'))
})

test('what is to be planned waits; nobody who asks twice asks for two, and in a cell it is exit 5', async () => {
  await plane.cell('unplanned')
  await plane.customer('pooled', { plan: 'team-shared' })
  const { unitId } = await plane.customer('single', { plan: 'team-private' })
  for (const [command, kind] of [
    ['tenants update single --burst 70', 'tenant.update'],
    ['tenants suspend single', 'tenant.suspend'],
    [`units deploy ${unitId} --version 1.1.0`, 'unit.deploy'],
    [`units reconcile ${unitId}`, 'unit.reconcile'],
  ] as const) {
    const asked = await json(`${command} --planned`)
    expect(asked).toMatchObject({ state: 'waiting', merged: false })
    const id = String(asked['operationId'])
    expect(await json(`operations get ${id}`)).toMatchObject({ kind, state: 'waiting' })
    expect(await json(`operations plan ${id}`)).toMatchObject({ state: 'planning', hash: null })
    expect(await plane.as(`operations approve ${id}`)).toMatchObject({
      code: 3,
      err: expect.stringContaining('approval.same-operator'),
    })
    if (kind === 'tenant.suspend') expect(await json(`${command} --planned`)).toMatchObject({ merged: true })
  }
  expect(await json('tenants get single')).toMatchObject({ state: 'active' })
  const [pool] = await plane.rows(`select unit_id as id from tenants where slug = 'pooled'`)
  for (const command of [
    'tenants update pooled --burst 70',
    'tenants suspend pooled',
    `units deploy ${String(pool?.['id'])} --version 1.1.0`,
    `units reconcile ${String(pool?.['id'])}`,
  ])
    expect(refused(await plane.as(`${command} --planned`))).toMatchObject({
      code: 5,
      err: expect.stringContaining('plan.not-offered'),
    })
  expect(await json('tenants get pooled')).toMatchObject({ state: 'active', overrides: {}, generation: 1 })
})
