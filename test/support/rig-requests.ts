import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { testApi } from './api.ts'
import { mustBe } from './customers.ts'
import { until } from './postgres.ts'

export type Api = Awaited<ReturnType<typeof testApi>>
/** `unit`: whether the tenant is placed in a cell or has an instance of its own; a cell when left out. */
export type Subject = { cellId: string; tenantId: string; slug: string; unit?: UnitKind }

/** What the customer of a subject has by hand. */
export const foundOf = (slug: string) => ({
  namespace: `found-${slug}`,
  database: `found_${slug.replaceAll('-', '_')}`,
})

/** Once more where it was asked for before; observed, and agreed to by somebody else. */
async function asksToAdopt(api: Api, slug: string): ReturnType<Api['call']> {
  const known = await api.call('GET', `/v1/tenants/${slug}`)
  const ofIt =
    known.status === 200 ? `tenant=${String(known.body['id'])}` : 'tenant=00000000-0000-0000-0000-000000000000'
  const { body } = await api.call('GET', `/v1/operations?${ofIt}&limit=1`)
  const [last] = (body['items'] ?? []) as { id: string }[] // as documented
  const answer = last
    ? await api.call('POST', `/v1/operations/${last.id}/retry`)
    : await api.call('POST', '/v1/adoptions', { body: { slug, plan: PLANS.instance, ...foundOf(slug) } })
  const operationId = String(mustBe(202, answer)['operationId'])
  const plan = await until(async () => {
    const { body: made } = await api.call('GET', `/v1/operations/${operationId}/plan`)
    if (made['state'] !== 'ready') throw new Error(`there is no plan yet: ${JSON.stringify(made['fault'])}`)
    return made
  }, 60)
  const { token } = await api.login('administrator')
  mustBe(202, await api.call('POST', `/v1/operations/${operationId}/approve`, { token, body: { plan: plan['hash'] } }))
  return answer
}

const PLANS: Readonly<Record<UnitKind, string>> = {
  cell: 'starter-shared',
  instance: 'team-private',
  stack: 'team-dedicated',
}
/** Units of their own get another size with another plan; the dedicated one is the test's own (`roomierPlan`). */
const UPDATE_TO: Readonly<Record<UnitKind, { plan?: string }>> = {
  cell: {},
  instance: { plan: 'business-private' },
  stack: { plan: 'roomier-dedicated' },
}
/** A dedicated plan like the other one, with more connections. */
export const roomierPlan = `
  insert into plans select (jsonb_populate_record(p, jsonb_build_object('name', 'roomier-dedicated', 'price_minor', p.price_minor + 5000,
    'compute', p.compute || '{"connections": 75}'))).* from plans p where name = 'team-dedicated'`
/** Every test of a file has tenants of its own in one cell. */
const ROOMY = { tenants: 1000, requestsPerSecond: 100_000 }

/** Asks the API for an operation of this kind. */
export async function asked(
  api: Api,
  kind: OperationKind,
  { cellId, tenantId, slug, unit = 'cell' }: Subject,
): ReturnType<Api['call']> {
  const tenant = `/v1/tenants/${tenantId}`
  switch (kind) {
    case 'cell.create':
      return api.call('POST', '/v1/cells', {
        body: { name: slug, region: 'local-1', capacity: ROOMY, retireApproval: 'none' },
      })
    case 'unit.deploy':
      return api.call('POST', `/v1/units/${cellId}/deploy`, { body: { version: '1.1.0' } })
    case 'cell.retire':
      return api.call('DELETE', `/v1/cells/${cellId}`)
    case 'tenant.provision':
      return api.call('POST', '/v1/tenants', {
        body: { slug, plan: PLANS[unit] },
      })
    case 'tenant.adopt':
      return asksToAdopt(api, slug)
    case 'tenant.update': {
      const { headers } = await api.call('GET', tenant)
      return api.call('PATCH', tenant, {
        body: { limits: { burst: 77 }, ...UPDATE_TO[unit] },
        headers: { 'if-match': String(headers['etag']) },
      })
    }
    case 'unit.attest':
      return api.call('POST', `/v1/units/${cellId}/attest`)
    case 'unit.backup':
      return api.call('POST', `/v1/units/${cellId}/backups`)
    case 'unit.rotate-key':
      return api.call('POST', `/v1/units/${cellId}/rotate-key`)
    case 'unit.check':
      return api.call('POST', '/v1/products/ledger/check', { body: { unit: cellId } })
    case 'unit.reconcile':
      return api.call('POST', `/v1/units/${cellId}/reconcile`)
    case 'tenant.suspend':
      return api.call('POST', `${tenant}/suspend`)
    case 'tenant.resume':
      return api.call('POST', `${tenant}/resume`)
    case 'tenant.export':
      return api.call('POST', `${tenant}/export`)
    case 'tenant.move': {
      const plan = { ...PLANS, instance: 'business-private' }[unit]
      return api.call('POST', `${tenant}/move`, { body: { plan, soakMinutes: 600 } })
    }
    case 'tenant.move-retire':
    case 'tenant.move-abort': {
      const { body } = await api.call('GET', `/v1/moves?tenant=${slug}&limit=1`)
      const [move] = body['items'] as { id: string }[] // as documented
      return api.call('POST', `/v1/moves/${move?.id}/${kind.slice('tenant.move-'.length)}`)
    }
    default:
      return api.call('DELETE', tenant)
  }
}
