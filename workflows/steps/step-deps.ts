import type { Compute } from '../../control-plane/domain/compute.ts'
import type { Limits } from '../../control-plane/domain/limits.ts'
import type { FoundDatabase, GivenNames, UnitNames } from '../../control-plane/domain/naming.ts'
import type { Known } from '../../control-plane/domain/orphan.ts'
import type { SchemaFacts, UnitSchema } from '../../control-plane/domain/products.ts'
import type { Published } from '../../control-plane/domain/tenant-lifecycle.ts'
import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { type RegionSettings, settingsOf, type StackAccess } from '../../control-plane/domain/region-settings.ts'
import type { UnitState } from '../../control-plane/domain/unit-lifecycle.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { Database, Tx } from '../../control-plane/platform/database.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { RecordContract } from '../../control-plane/features/evidence/evidence.clauses.ts'
import type { RemovalConfirmation } from '../../control-plane/features/holds/holds.confirm.ts'
import type { RecordRemoval } from '../../control-plane/features/evidence/evidence.removal.ts'
import type { ExportRecords } from '../../control-plane/features/exports/exports.keep.ts'
import type { BackupRecords } from '../../control-plane/features/backups/backups.records.ts'
import type { StackKeyRecords } from '../../control-plane/features/stack-keys/stack-keys.records.ts'
import type { StackBackups } from '../regions/stack-backups.ts'
import type { TenantKeys } from '../../control-plane/platform/tenant-keys.ts'
import type { ChangePlans } from '../../control-plane/features/operations/operations.plan-keep.ts'
import type { RecordIsolation } from '../../control-plane/features/evidence/evidence.write.ts'
import type { RecordMove } from '../../control-plane/features/evidence/evidence.moves.ts'
import type { MoveRows } from '../../control-plane/domain/moves.ts'
import type { MoveReport } from '../../control-plane/features/moves/moves.rows.ts'
import type { MovesStore } from '../../control-plane/features/moves/moves.store.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import type { TenantRows } from '../regions/tenant-rows.ts'
import type { Hands } from '../regions/hands.ts'
import type { Stacks } from '../regions/stacks.ts'
import { namesOf, type Unit } from './chart-use.ts'
import { problems } from './steps.errors.ts'

/** `occupants`: tenants placed there that are not decommissioned; `release`: what the wanted version does to a database. */
export type UnitFacts = Unit & {
  region: string
  state: UnitState
  occupants: number
  contract: string
  /** The version that every pod was last seen to serve; null until the unit was made. */
  confirmedVersion: string | null
  release: SchemaFacts | null
  schema: number
  schemaFloor: number
  tenantsRevision: number
  /** Where the parts of a stack are; null until it was built, and for units on the region's own. */
  access: StackAccess | null
  /** What it was asked to adopt; null: it is made anew. */
  adopts: GivenNames | null
  /** How the database was before it was taken over. */
  foundDatabase: FoundDatabase | null
  /** Of a stack's own key, by which new things are sealed, and the operation that raised it last. */
  keyGeneration: number
  keyRotatedBy: string | null
}
export type TenantFacts = {
  id: string
  /** Where it is placed. */
  unitId: string
  slug: string
  host: string
  plan: string
  published: Published
  limits: Limits
  /** What an instance may use; null for a shared tenant. */
  compute: Compute | null
}
/** Beside what holds before it; `minor` is what a month costs. Null where the operation is about something else. */
export type Asked = {
  terms:
    | (Pick<TenantFacts, 'plan' | 'limits' | 'compute'> & {
        minor: number
        before: { plan: string; limits: Limits; minor: number }
      })
    | null
  version: { version: string; before: string | null } | null
}
export type RegionFacts = { name: string; settings: RegionSettings }

/** A move that has not ended, as its steps see it. */
export type OpenMove = {
  id: string
  tenantId: string
  sourceUnitId: string
  targetUnitId: string
  rows: MoveRows
  report: MoveReport
}
export type MoveRecords = Pick<MovesStore, 'setRows' | 'setGuest' | 'place' | 'noteReport' | 'noteTakenBack'> & {
  open: (tx: Tx, tenantId: string) => Promise<OpenMove | undefined>
  /** Says that the open move of a tenant is in another state from now on. */
  enter: (tx: Tx, tenantId: string, state: 'retiring' | 'aborting') => Promise<void>
}

/** What the steps need to know and to call; composed in worker.ts. */
export type StepDeps = {
  database: Pick<Database, 'transaction'>
  /** Refuses a settled operation, and holds its end back until the transaction is over. */
  assertCurrent: (tx: Tx, operation: { operationId: string; epoch: number }) => Promise<void>
  unitFacts: (tx: Tx, unitId: string) => Promise<UnitFacts>
  /** `inUnit`: the terms that it has in that unit of its move. */
  tenantFacts: (tx: Tx, tenantId: string, inUnit?: string) => Promise<TenantFacts>
  regionFacts: (tx: Tx, region: string) => Promise<RegionFacts>
  /** Says something else of a tenant and renders the unit's tenants file of the next revision. */
  publish: (tx: Tx, change: { unitId: string; tenantId: string; as: Published | 'unchanged' }) => Promise<TenantsFile>
  /** The same without a change, for a cell that was just made or is repaired; at a revision above this one, too. */
  publishUnit: (tx: Tx, unitId: string, above?: number) => Promise<TenantsFile>
  /** The tenants file as it was published last, from rows. */
  tenantsFile: (tx: Tx, unitId: string) => Promise<TenantsFile>
  /** Gives a tenant the terms back that an update took; nothing for other kinds, twice is once. */
  restoreTerms: (tx: Tx, operationId: string) => Promise<void>
  /** Wants the version of a unit again that was confirmed last; twice is once. */
  restoreVersion: (tx: Tx, unitId: string) => Promise<unknown>
  /** Notes what a unit's database has been or may have been through; nothing noted is ever taken back. */
  noteSchema: (tx: Tx, unitId: string, reached: UnitSchema) => Promise<unknown>
  /** Keeps what an attestation saw, signed, and says it of the unit; twice is once. */
  recordIsolation: RecordIsolation
  /** The same of a check of the product contract. */
  recordContract: RecordContract
  /** Of a removal that destroys from then on and a legal hold, one comes first. */
  removal: RemovalConfirmation
  /** Signs that nothing of a tenant was found; twice is once. */
  recordRemoval: RecordRemoval
  /** What an export is made of and noted in. */
  exports: ExportRecords
  /** Keys of tenants with a stack of their own. */
  tenantKeys: TenantKeys
  /** What backups are noted in. */
  backups: BackupRecords
  /** Databases, stores and old keys of stacks. */
  stackBackups: StackBackups
  /** Generations of the keys of stacks. */
  stackKeys: StackKeyRecords
  /**
   * What a tenant pays a month, as it was sold or as the catalogue says, and what it was quoted when it came; `inUnit`: in that unit of its
   * move.
   */
  tenantPrice: (
    tx: Tx,
    tenantId: string,
    inUnit?: string,
  ) => Promise<{ minor: number; currency: string; quotedMinor: number | null }>
  /** What a change of terms or version was asked for, whether it has begun or waits. */
  asked: (tx: Tx, operationId: string) => Promise<Asked>
  /** Keeps what was planned for operations that wait. */
  changePlans: ChangePlans
  /** Everything that the plane's rows account for. */
  readKnown: (tx: Tx) => Promise<Known>
  /** The tenant of an instance; undefined for a cell. */
  ownTenant: (tx: Tx, unitId: string) => Promise<{ slug: string; host: string } | undefined>
  handsOf: (region: RegionFacts) => Promise<Hands>
  stacks: Stacks
  /** Notes where the parts of a stack are; null: it has none. */
  noteAccess: (tx: Tx, unitId: string, access: StackAccess | null) => Promise<unknown>
  /** Notes that what a unit adopts is taken over from now on, or was let go. */
  noteAdopted: (tx: Tx, unitId: string, adopted: boolean) => Promise<unknown>
  /** Notes how a database is that is about to be taken over; what was noted first stays until (null) it was given back. */
  noteFound: (tx: Tx, unitId: string, found: FoundDatabase | null) => Promise<unknown>
  moves: MoveRecords
  /** Rows of tenants that move. */
  rows: TenantRows
  /** Keeps what was measured of a move, signed; once per operation. */
  recordMove: RecordMove
}

export type Place = { unit: UnitFacts; names: UnitNames; hands: Hands }

/** The unit of an operation with the hands of where it is. Throws `stack.not-built`: never is another cluster taken for a stack's. */
export async function placeOf(
  deps: Pick<StepDeps, 'unitFacts' | 'regionFacts' | 'handsOf'>,
  tx: Tx,
  input: Pick<OperationInput, 'unitId'>,
): Promise<Place> {
  const unit = await deps.unitFacts(tx, input.unitId)
  if (unit.kind === 'stack' && unit.access === null)
    throw problems['stack.not-built']({ detail: `${unit.name} has no cluster of its own yet, or no more` })
  const { name, settings } = await deps.regionFacts(tx, unit.region)
  const hands = await deps.handsOf({ name, settings: settingsOf(settings, unit.access) })
  return { unit, names: namesOf(unit), hands }
}

/** The edge of a tenant, which is its region's: it is there also where a stack behind it is not. */
export const findEdge = (deps: StepDeps, input: StepInput): Promise<{ edge: Hands['edge']; tenant: TenantFacts }> =>
  deps.database.transaction(async (tx) => {
    const { region } = await deps.unitFacts(tx, input.unitId)
    const { edge } = await deps.handsOf(await deps.regionFacts(tx, region))
    return { edge, tenant: await deps.tenantFacts(tx, tenantIdOf(input)) }
  })

/** A unit with its hands, for a step that reads nothing else. */
export const findPlace = (deps: StepDeps, input: StepInput): Promise<Place> =>
  deps.database.transaction((tx) => placeOf(deps, tx, input))

/** The tenant of an operation with its place. */
export const findTenant = (deps: StepDeps, input: StepInput): Promise<Place & { tenant: TenantFacts }> =>
  deps.database.transaction(async (tx) => ({
    ...(await placeOf(deps, tx, input)),
    tenant: await deps.tenantFacts(tx, tenantIdOf(input), input.unitId),
  }))

/** The unit of an operation with the tenant whose own it is; null where the operation is about a cell. */
export const findUnit = async (deps: StepDeps, input: StepInput): Promise<Place & { tenant: TenantFacts | null }> =>
  input.tenantId === null ? { ...(await findPlace(deps, input)), tenant: null } : findTenant(deps, input)

export function tenantIdOf(input: OperationInput): string {
  if (input.tenantId === null) throw new Error(`operation ${input.operationId} of kind ${input.kind} names no tenant`)
  return input.tenantId
}

export type Phase = 'do' | 'undo'

/**
 * The epoch an effect carries to where it acts. Undos carry a higher one than the steps of the same operation, so that an
 * attempt that was given up for dead and wakes after the undo is refused like one of an older operation.
 */
export const fenceOf = ({ epoch }: OperationInput, phase: Phase): number => 2 * epoch + (phase === 'undo' ? 1 : 0)

/** `guardrails`: the namespace and what keeps it apart. */
export type Part = 'guardrails' | 'workload' | 'migration' | 'route' | 'probe' | 'check'

/** Who owns what a step applies, in the inventories of the cluster. */
export const ownerOf = (input: OperationInput, { unit }: Place, part: Part, phase: Phase) => ({
  unit: unit.name,
  unitId: unit.id,
  tenant: tenantOf(input, unit, part),
  part: part === 'guardrails' ? unit.kind : part, // inventories of cells are called so since there are cells
  epoch: fenceOf(input, phase),
})

/** The second tenant of an attestation is nobody's: what is made for it goes by the unit's own id. */
function tenantOf(input: OperationInput, unit: UnitFacts, part: Part): string | null {
  if (part === 'probe') return unit.id
  return part === 'route' || (part === 'guardrails' && isOwn(unit.kind)) ? tenantIdOf(input) : null
}
