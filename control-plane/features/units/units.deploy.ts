import type { ApprovalRule } from '../../domain/approvals.ts'
import { mayRunOn, type SchemaFacts } from '../../domain/products.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Tx } from '../../platform/database.ts'
import { assertIfMatch, etagOf } from '../../platform/etag.ts'
import type { Answer } from '../../platform/idempotency.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import { problems } from './units.errors.ts'
import { releasesStore, type Standing } from './units.releases-store.ts'
import type { DeployUnit, Unit, UnitAccepted } from './units.schema.ts'
import { findUnit } from './units.find.ts'
import type { UnitsStore } from './units.store.ts'

/** A registered version of a product. Throws `product.unknown` and `version.unknown`. */
export type FindRelease = (
  tx: Tx,
  product: string,
  version: string | undefined,
) => Promise<SchemaFacts & { version: string }>

export type DeployDeps = {
  store: Pick<UnitsStore, 'find' | 'bump'>
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
  findRelease: FindRelease
  /** Who must agree to a change of a dedicated stack. */
  approvalOfChange: (tx: Tx, unitId: string) => Promise<ApprovalRule>
}
type Asked = {
  actor: Actor
  reference: string
  ifMatch: string | undefined
  wanted: DeployUnit
  /** Planned first, and begun when another operator has approved the plan. */
  planned?: boolean | undefined
}
const KIND = 'unit.deploy'

/**
 * Asks that a unit moves to a version of its product: 202 and an operation, or 200 when every pod was last seen to serve it and
 * nothing on the way changes that. Throws `version.unknown`, `unit.version-too-old` for one whose code does not run on what the
 * unit's database has been through, `unit.state-forbids`, and what admission says.
 */
export async function deploy(deps: DeployDeps, tx: Tx, asked: Asked): Promise<Answer<Unit | UnitAccepted>> {
  const { actor, wanted } = asked
  const { id, name, region, product } = await findUnit(deps, tx, asked.reference)
  const about = { kind: KIND, tenantId: null, unitId: id } as const
  await deps.lockSubjects(tx, about)
  const unit = await releasesStore.lock(tx, id)
  assertIfMatch(asked.ifMatch, unit.generation)
  const release = await deps.findRelease(tx, product, wanted.version)
  if (!mayRunOn(release, { floor: unit.schemaFloor })) throw tooOld(name, release, unit)
  if (unit.moving) throw tenantMoving(name)
  if (isThere(unit, release.version)) {
    const found = await findUnit(deps, tx, id)
    return { status: 200, headers: { etag: etagOf(found.generation) }, body: found }
  }
  const input = { generation: unit.generation + 1, product, version: release.version, from: unit.version }
  const accepted = await deps.request(tx, {
    ...about,
    region,
    input,
    requestedBy: actor.operatorId,
    requestId: actor.requestId,
    approval: await deps.approvalOfChange(tx, id),
    planned: asked.planned,
  })
  // Admission speaks first, because it names the operation in the way; what it wrote goes with the transaction.
  if (unit.state !== 'active')
    throw problems['unit.state-forbids']({
      detail: `${name} is ${unit.state}: only an active unit moves to another version`,
      extra: { state: unit.state },
    })
  await deps.store.bump(tx, id)
  await deps.audit(tx, {
    stream: 'installation',
    actor,
    action: KIND,
    subject: `unit:${id}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    operationId: accepted.operationId,
    detail: { name, product, from: unit.version, to: release.version },
  })
  const found = await findUnit(deps, tx, id)
  const headers = { location: `/v1/operations/${accepted.operationId}`, etag: etagOf(found.generation) }
  return { status: 202, headers, body: { ...accepted, unit: found } }
}

/** After a deployment that failed nobody has looked at what serves: then the same version is worth an operation. */
const isThere = ({ version, confirmedVersion, deploying, quarantined, deployed }: Standing, wanted: string): boolean =>
  version === wanted && confirmedVersion === wanted && deployed && !deploying && !quarantined

export const tenantMoving = (name: string) =>
  problems['unit.tenant-moving']({
    detail: `a tenant moves to or from ${name}, and its rows are followed there: retire or abort its move first (GET /v1/moves)`,
  })

function tooOld(name: string, { version, schema }: SchemaFacts & { version: string }, { schemaFloor }: Standing) {
  const message = `${version} knows schema ${schema}, but the database of ${name} has been through migrations that need ${schemaFloor} or later`
  return problems['unit.version-too-old']({
    detail: message,
    fields: [{ pointer: '/version', rule: 'version.runs-on-schema', message }],
    extra: { schema, floor: schemaFloor },
  })
}
