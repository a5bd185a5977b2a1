import {
  ownChangeOf,
  type ChangePlan,
  type FieldChange,
  type StackChange,
} from '../../control-plane/domain/change-plan.ts'
import { isMoveKind } from '../../control-plane/domain/moves.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import { settingsOf } from '../../control-plane/domain/region-settings.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import { jsonDifferences } from '../../stacks/kubernetes/field-differences.ts'
import type { StackSubject } from '../regions/stacks.ts'
import { namesOf } from '../steps/chart-use.ts'
import { stackOrder } from '../steps/stack-order.ts'
import type { Asked, StepDeps, UnitFacts } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import type { MadeChange, PlannedPlace } from './wanted-parts.ts'

export type LookDeps = Pick<
  StepDeps,
  'database' | 'unitFacts' | 'tenantFacts' | 'regionFacts' | 'handsOf' | 'tenantPrice' | 'tenantsFile' | 'asked'
> & { moves: Pick<StepDeps['moves'], 'open'> }
/** What the records say of a change, whether it waits or has begun. */
export type Look = Pick<ChangePlan, 'terms' | 'price' | 'blast'> & {
  change: MadeChange
  /** The unit and its tenant as they are to be. */
  place: PlannedPlace
  /** Its program, asked for under the terms that are to be. */
  subject: StackSubject
  /** It has a cluster. Where there is none yet, charts see the addresses of the region. */
  built: boolean
}

/** Reads everything that the plan of an operation is about but what is live; of an instance its program is asked for by nobody. */
export async function lookAt(deps: LookDeps, input: OperationInput): Promise<Look> {
  const change = changeOf(input)
  if (change === 'adopt') throw new Error(`operation ${input.operationId} adopts: what is there says what it would do`)
  const { unit, region, tenant, asked, price, movedPrice } = await deps.database.transaction(async (tx) => {
    const found = await deps.unitFacts(tx, input.unitId)
    const tenantId = input.tenantId ?? (await ownerOf(deps, tx, found))
    return {
      unit: found,
      region: await deps.regionFacts(tx, found.region),
      tenant: await deps.tenantFacts(tx, tenantId, found.id),
      asked: await deps.asked(tx, input.operationId),
      price: await deps.tenantPrice(tx, tenantId),
      movedPrice: await priceElsewhere(deps, tx, input.kind, tenantId),
    }
  })
  const wanted = { ...tenant, ...termsOf(asked) }
  const hands = await deps.handsOf({ name: region.name, settings: settingsOf(region.settings, unit.access) })
  const { epoch: _epoch, ...subject } = stackOrder({
    unit: { ...unit, ...keyOf(change, unit, input) },
    tenant: wanted,
    region,
    epoch: 0,
  })
  return {
    change,
    place: {
      unit: { ...unit, ...versionOf(change, unit, asked) },
      names: namesOf(unit),
      hands,
      tenant: wanted,
    },
    subject,
    built: unit.kind !== 'stack' || unit.access !== null,
    terms: differing(asked),
    price: {
      ...monthly(change, { now: price.minor, there: movedPrice }, asked),
      currency: price.currency,
      quotedMinor: price.quotedMinor,
    },
    blast: { tenants: Math.max(0, unit.occupants - 1) },
  }
}

export function changeOf({ kind, unitKind, operationId }: OperationInput): StackChange {
  const change = ownChangeOf(kind, unitKind ?? 'cell')
  if (change === null) throw new Error(`operation ${operationId} of kind ${kind} changes nothing that is planned`)
  return change
}

/** Whose own the unit is. Throws `unit.vacant`. */
async function ownerOf({ tenantsFile }: LookDeps, tx: Tx, { id, name }: UnitFacts): Promise<string> {
  const [own] = (await tenantsFile(tx, id)).tenants
  if (own !== undefined) return own.id
  throw problems['unit.vacant']({ detail: `${name} serves no tenant, so that nothing says what it is to be` })
}

const termsOf = ({ terms }: Asked) =>
  terms === null ? {} : { plan: terms.plan, limits: terms.limits, compute: terms.compute }

/** What is repaired is what was confirmed; what is deployed may not be wanted yet. */
function versionOf(change: StackChange, { version, confirmedVersion }: UnitFacts, asked: Asked): { version: string } {
  if (asked.version !== null) return { version: asked.version.version }
  return { version: change === 'repair' ? (confirmedVersion ?? version) : version }
}

/** A rotation that has begun has raised it already. */
const keyOf = (
  change: StackChange,
  { keyGeneration, keyRotatedBy }: UnitFacts,
  { operationId }: OperationInput,
): { keyGeneration: number } => ({
  keyGeneration: change === 'rotate' && keyRotatedBy !== operationId ? keyGeneration + 1 : keyGeneration,
})

/** What was asked for beside what holds. */
function differing({ terms, version }: Asked): FieldChange[] {
  const pairs = [
    ...(terms === null
      ? []
      : jsonDifferences(
          { plan: terms.before.plan, limits: terms.before.limits },
          { plan: terms.plan, limits: terms.limits },
        )),
    ...(version === null ? [] : jsonDifferences({ version: version.before }, { version: version.version })),
  ]
  return pairs.map(({ path, found, wanted }) => ({ path: path ?? '', before: found, after: wanted }))
}

/** A tenant that moves pays somewhere all the while; `there`: where it goes. */
function monthly(
  change: StackChange,
  { now, there }: { now: number; there: number | null },
  { terms }: Asked,
): { fromMinor: number; toMinor: number } {
  if (terms !== null) return { fromMinor: terms.before.minor, toMinor: terms.minor }
  if (there !== null) return { fromMinor: now, toMinor: there }
  return { fromMinor: change === 'build' ? 0 : now, toMinor: change === 'destroy' ? 0 : now }
}

/** What a month costs where a move, or its end, brings the tenant; null for what is no move. */
async function priceElsewhere(
  { moves, tenantPrice }: LookDeps,
  tx: Tx,
  kind: OperationKind,
  tenantId: string,
): Promise<number | null> {
  if (!isMoveKind(kind)) return null
  const move = await moves.open(tx, tenantId)
  const unitId = kind === 'tenant.move-abort' ? move?.sourceUnitId : move?.targetUnitId
  return (await tenantPrice(tx, tenantId, unitId)).minor
}
