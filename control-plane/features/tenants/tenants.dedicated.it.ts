import { afterAll, beforeAll, expect, test } from 'vitest'
import { customers, type Customers } from '../../../test/support/customers.ts'
import { REGION_SETTINGS } from '../../../test/support/region-settings.ts'
import { processOf } from '../../domain/operation-kinds.ts'

let plane: Customers
beforeAll(async () => {
  plane = await customers()
  await plane.cell('pool')
})
afterAll(() => plane.close())

const create = (slug: string, query = '') =>
  plane.call('POST', `/v1/tenants${query}`, { body: { slug, plan: 'enterprise' } })
const quote = (slug: string) => plane.call('POST', '/v1/quotes', { body: { slug, plan: 'enterprise' } })
const offer = (settings: object) =>
  plane.rows(`update regions set settings = settings || $1 where name = 'local-1'`, [JSON.stringify(settings)])

test('a dedicated tenant gets a stack of its own, built by an operation of its own steps', async () => {
  const made = await create('acme')
  expect(made.status).toBe(202)
  expect(made.body['tenant']).toMatchObject({ isolation: 'dedicated', unit: { kind: 'stack', name: 'acme' } })
  const { body: unit } = await plane.call('GET', '/v1/units/acme')
  expect(unit).toMatchObject({ kind: 'stack', state: 'creating', tenant: { slug: 'acme' }, capacity: null })
  const { body: operation } = await plane.call('GET', `/v1/operations/${String(made.body['operationId'])}`)
  const steps = (operation['steps'] as { step: string }[]).map(({ step }) => step)
  expect(steps).toEqual(processOf('tenant.provision', 'stack').steps.map(({ step }) => step))
  expect(steps).toContain('build-stack')
})

test('nothing says where its parts are but the row that workflows read', async () => {
  const access = { kubeconfig: '/estate/acme/kubeconfig' }
  await plane.rows(`update units set access = $1 where name = 'acme'`, [JSON.stringify(access)])
  const seen = [await plane.call('GET', '/v1/units/acme'), await plane.call('GET', '/v1/tenants/acme')]
  expect(JSON.stringify(seen)).not.toContain('/estate/acme')
})

test('a region takes as many stacks as it says, however many ask at once', async () => {
  const [{ count = 0 } = {}] = await plane.rows(`select count(*)::int as count from units where kind = 'stack'`)
  await offer({ stacks: Number(count) + 2 })
  try {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => create(`crowd-${n}`)))
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(2)
    const refused = answers.filter(({ body }) => body['code'] === 'placement.full')
    expect(refused).toHaveLength(4)
    expect(refused[0]?.body['stacks']).toEqual({ capacity: Number(count) + 2, used: Number(count) + 2 })
    expect((await quote('late')).body).toMatchObject({ capacity: { verdict: 'full' } })
  } finally {
    await offer({ stacks: REGION_SETTINGS.stacks })
  }
})

test('a region without a target for stacks refuses them by name, and nothing changes', async () => {
  await offer({ stackTarget: null })
  try {
    const before = await plane.dump()
    for (const refused of [await create('nowhere'), await create('nowhere', '?dryRun=true'), await quote('nowhere')])
      expect([refused.status, refused.body['code']]).toEqual([409, 'region.builds-no-stacks'])
    expect(await plane.dump()).toEqual(before)
  } finally {
    await offer({ stackTarget: REGION_SETTINGS.stackTarget })
  }
})
