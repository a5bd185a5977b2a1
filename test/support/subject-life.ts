import { readFile } from 'node:fs/promises'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { type OperationKind, processOf } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { Hands } from '../../workflows/regions/hands.ts'
import type { TestEstate } from './estate.ts'
import { asCustomer } from './plane.ts'
import { meddle } from './meddle.ts'
import { withClient } from './postgres.ts'

export const CELL_LIFE = [
  'cell.create',
  'unit.deploy',
  'unit.reconcile',
  'unit.attest',
  'cell.retire',
] as const satisfies readonly OperationKind[]
export const TENANT_LIFE = [
  'tenant.provision',
  'tenant.update',
  'tenant.suspend',
  'tenant.resume',
  'tenant.decommission',
] as const satisfies readonly OperationKind[]

/**
 * Something that lives through a sequence of operations: a cell, a tenant in the cell `home`, or (`unit`) a private tenant, whose
 * unit is called as it is.
 */
export type Subject = { name: string; cell: string; unit?: UnitKind }
export const instance = (name: string): Subject => ({ name, cell: name, unit: 'instance' })
export const HOME: Subject = { name: 'home', cell: 'home' }
/** Tenants are placed at home: cells that come and go beside it have room for none. */
const capacityOf = (cell: string) => ({ tenants: 500, requestsPerSecond: cell === HOME.cell ? 100_000 : 1 })

/** Asks for an operation of the kind on the subject. */
export async function request(
  { estate, plane: { call } }: Pick<TestEstate, 'estate' | 'plane'>,
  kind: OperationKind,
  { name, unit = 'cell' }: Subject,
) {
  const tenant = `/v1/tenants/${name}`
  switch (kind) {
    case 'cell.create':
      return call('POST', '/v1/cells', {
        body: { name, capacity: capacityOf(name), retireApproval: 'none' },
      })
    case 'unit.deploy':
      return call('POST', `/v1/units/${name}/deploy`, { body: { version: '1.1.0' } })
    case 'unit.reconcile':
      await meddle(estate, name)
      return call('POST', `/v1/units/${name}/reconcile`)
    case 'unit.attest':
      return call('POST', `/v1/units/${name}/attest`)
    case 'unit.backup':
      return call('POST', `/v1/units/${name}/backups`)
    case 'unit.rotate-key':
      return call('POST', `/v1/units/${name}/rotate-key`)
    case 'unit.check':
      return call('POST', '/v1/products/ledger/check', { body: { unit: name } })
    case 'cell.retire': {
      const { body } = await call<{ items: { id: string; name: string }[] }>('GET', '/v1/cells?limit=100')
      return call('DELETE', `/v1/cells/${body.items.find((cell) => cell.name === name)?.id}`)
    }
    case 'tenant.provision':
      return call('POST', '/v1/tenants', {
        body: { slug: name, plan: unit === 'cell' ? 'starter-shared' : 'team-private' },
      })
    case 'tenant.update': {
      const { headers } = await call('GET', tenant)
      return call('PATCH', tenant, {
        body: { limits: { burst: 77, ...(unit === 'cell' ? {} : { statementTimeoutMs: 7000 }) } },
        headers: { 'if-match': headers.get('etag') ?? '' },
      })
    }
    case 'tenant.decommission':
      return call('DELETE', tenant)
    case 'tenant.move':
      return call('POST', `${tenant}/move`, {
        body: { plan: unit === 'cell' ? 'starter-shared' : 'team-private', soakMinutes: 600 },
      })
    case 'tenant.move-retire':
    case 'tenant.move-abort': {
      const { body } = await call<{ items: { id: string }[] }>('GET', `/v1/moves?tenant=${name}&limit=1`)
      return call('POST', `/v1/moves/${body.items[0]?.id}/${kind.slice('tenant.move-'.length)}`)
    }
    default:
      return call('POST', `${tenant}/${kind.slice('tenant.'.length)}`)
  }
}

export type Dump = {
  unit: unknown
  /** Signed records of the unit, when the subject has one of its own. */
  evidence: number
  tenant: unknown
  /** Without `InSync`, which is said whenever the observer's turn comes. */
  conditions: unknown
  things: readonly string[]
  answer: number | undefined
}

/** Endings that Kubernetes makes up: of 27 letters and digits without vowels (apimachinery `util/rand`), so that no word is one. */
export const MADE = /(-[bcdfghjklmnpqrstvwxz2456789]{4,10})+\b/g

/** Everything there is of a subject, with its names taken out: rows, objects, databases, roles, routes and what its address says. */
export async function dump(
  its: Pick<TestEstate, 'estate' | 'plane'>,
  hands: Hands,
  { name, cell, unit: unitKind = 'cell' }: Subject,
): Promise<Dump> {
  const owner = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  const { unit, tenant, evidence } = await withClient(owner, async (client) => ({
    unit: (await client.query('select id, state, version, confirmed_version from units where name = $1', [cell]))
      .rows[0],
    tenant: (await client.query('select id, host, state, published, limits from tenants where slug = $1', [name]))
      .rows[0],
    evidence: (
      await client.query('select 1 from evidence e join units u on u.id = e.unit_id where u.name = $1', [name])
    ).rows.length,
  }))
  const names = unitNames(unitKind, cell)
  const unitTraces = { unitId: unit?.id ?? '', unit: cell, names }
  const traces = tenant
    ? [
        ...(await hands.sweep.tenant({ ...unitTraces, tenantId: tenant.id, slug: name, host: tenant.host }, unlinked)),
        ...(unitKind === 'instance' ? await hands.sweep.unit(unitTraces, unlinked) : []),
      ]
    : await hands.sweep.unit(unitTraces, unlinked)
  const nameless = (text: string) =>
    [
      [tenant?.id, '<tenant>'],
      [unit?.id, '<unit>'],
      [tenant?.host, '<host>'],
      [names.database, '<database>'],
      [name, '<name>'],
    ]
      .filter((pair): pair is [string, string] => typeof pair[0] === 'string' && pair[0] !== '')
      .reduce((text_, [secret, shown]) => text_.replaceAll(secret, shown), text)
      .replaceAll(MADE, '-<made>')
  const things = traces
    .filter(({ kind }) => kind !== 'Event')
    .map(({ kind, name: what, where }) => nameless(`${kind} ${what} in ${where}`))
  const { body } = await its.plane.call<{ conditions?: { type: string; status: string; reason: string }[] }>(
    'GET',
    tenant ? `/v1/tenants/${name}` : `/v1/cells/${unit?.id}`,
  )
  return {
    unit:
      (tenant && unitKind === 'cell') || !unit
        ? null
        : { state: unit.state, version: unit.version, confirmed: unit.confirmed_version },
    evidence,
    tenant: tenant && { state: tenant.state, published: tenant.published, limits: tenant.limits },
    conditions: body.conditions
      ?.filter(({ type }) => type !== 'InSync')
      .map(({ type, status, reason }) => `${type} ${status} ${reason}`)
      .toSorted(),
    things: [...new Set(things)].toSorted(),
    answer: tenant ? (await asCustomer(its.estate.urls.edge, tenant.host, '/whoami')).status : undefined,
  }
}

/** Whether a kind takes back what it did when this step fails for good. */
export function canTurnBack(kind: OperationKind, step: string, unit: UnitKind = 'cell'): boolean {
  const process = processOf(kind, unit)
  const steps = process.steps.map((one) => one.step)
  const turning = steps.indexOf(process.pointOfNoReturn ?? '')
  return turning === -1 || steps.indexOf(step) < turning
}

export type Place = { step: string; when: 'before' | 'after' }
/** Every place where a process of the kind can break, in order. */
export const placesOf = (kind: OperationKind, unit: UnitKind = 'cell'): Place[] =>
  processOf(kind, unit).steps.flatMap(({ step }) => (['before', 'after'] as const).map((when) => ({ step, when })))
