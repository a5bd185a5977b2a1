import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { mayRunOn, type SchemaFacts } from '../../domain/products.ts'
import type { OperationOutcome } from '../../domain/operation-states.ts'
import { reportCondition } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, HookedOperation } from '../../platform/operation-port.ts'
import { tenantMoving } from './units.deploy.ts'
import { problems } from './units.errors.ts'
import { releasesStore } from './units.releases-store.ts'

const KIND = 'unit.deploy'
const DeployInput = Type.Object({ product: Type.String(), version: Type.String() })
/** What a deployment was asked for; undefined for other operations. */
const wish = ({ kind, input }: Pick<HookedOperation, 'kind' | 'input'>) =>
  kind === KIND && Value.Check(DeployInput, input) ? input : undefined

async function report(
  tx: Tx,
  unitId: string,
  generation: number,
  seen: { status: 'true' | 'false'; reason: string; message: string },
): Promise<void> {
  const subject = `unit:${unitId}` as const
  await reportCondition(tx, { subject, tenantId: null, type: 'Deployed', ...seen, observedGeneration: generation })
}

/** The version that every pod was seen to serve when its unit was made or moved. */
async function confirm(tx: Tx, unitId: string, moved: boolean): Promise<void> {
  const changed = await releasesStore.confirm(tx, unitId)
  if (changed === 0 && !moved) return
  const { version, generation } = await releasesStore.lock(tx, unitId)
  await report(tx, unitId, generation, {
    status: 'true',
    reason: 'Confirmed',
    message: `Every pod was seen to serve ${version}`,
  })
}

/** Back to the version before, which its undos may want again already. One that never ran has wanted nothing: nothing changes. */
async function gaveUp(tx: Tx, { id, unitId, epoch }: HookedOperation, outcome: OperationOutcome, wanted: string) {
  if (epoch === null) return
  const { confirmedVersion, generation, quarantined } = await releasesStore.lock(tx, unitId)
  await releasesStore.restore(tx, unitId)
  const how = quarantined
    ? 'and could not be taken back everywhere; look at the pods, then ask for a version again'
    : `and ${confirmedVersion} is wanted again`
  const message =
    outcome === 'cancelled'
      ? `The way to ${wanted} was cancelled, ${how}`
      : `The way to ${wanted} failed (operation ${id}), ${how}`
  const reason = outcome === 'cancelled' ? 'Cancelled' : 'DeployFailed'
  await report(tx, unitId, generation, { status: 'false', reason, message })
}

export type ReleaseOf = (
  tx: Tx,
  product: string,
  version: string | undefined,
) => Promise<SchemaFacts & { version: string }>

/** Kinds whose success means that a unit was just made: what it was made of is what it serves. */
const MAKING: ReadonlySet<string> = new Set(['cell.create', 'tenant.provision', 'tenant.adopt', 'tenant.move'])

/** Wanted and confirmed version and the condition `Deployed` of a unit as deployments begin and end. */
export const deployHooks = (findRelease: ReleaseOf): FeatureHooks => ({
  /** The database may have been through more since the first request failed. */
  async onRetry(tx, operation) {
    const wanted = wish(operation)
    if (wanted === undefined) return
    const release = await findRelease(tx, wanted.product, wanted.version)
    const { state, schemaFloor, moving } = await releasesStore.lock(tx, operation.unitId)
    if (moving) throw tenantMoving('the unit')
    if (state !== 'active')
      throw problems['unit.state-forbids']({ detail: `the unit is ${state} by now`, extra: { state } })
    if (!mayRunOn(release, { floor: schemaFloor }))
      throw problems['unit.version-too-old']({
        detail: `${release.version} knows schema ${release.schema}, the database needs ${schemaFloor} or later by now`,
      })
  },
  async onAdmitted(tx, operation) {
    const wanted = wish(operation)
    if (wanted === undefined) return
    const { generation, version } = await releasesStore.lock(tx, operation.unitId)
    await releasesStore.want(tx, operation.unitId, wanted.version)
    await report(tx, operation.unitId, generation, {
      status: 'false',
      reason: 'Deploying',
      message: `It moves from ${version} to ${wanted.version}`,
    })
  },
  async onClosed(tx, operation, outcome) {
    const wanted = wish(operation)
    if (outcome === 'succeeded') {
      if (wanted !== undefined || MAKING.has(operation.kind)) await confirm(tx, operation.unitId, wanted !== undefined)
    } else if (wanted !== undefined) await gaveUp(tx, operation, outcome, wanted.version)
  },
})
