/** Versions of the product contract (README) that this plane can operate. */
export const CONTRACT_VERSIONS = ['1'] as const
export type ContractVersion = (typeof CONTRACT_VERSIONS)[number]
export const isSupportedContract = (version: string): version is ContractVersion =>
  (CONTRACT_VERSIONS as readonly string[]).includes(version)

/** What a cell gets when nobody says which product it is for: the one every installation starts with. */
export const DEFAULT_PRODUCT = 'ledger'

/** Charts of the plane itself: a product that named one of them would be rendered as a guardrail. */
export const RESERVED_CHARTS: ReadonlySet<string> = new Set([
  'alerts',
  'cell',
  'cluster-guardrails',
  'control-plane',
  'instance',
])

/** A name of a chart or product: one DNS label, so that it can be a folder, a label and the name of a Deployment. */
export const PRODUCT_NAME_PATTERN = '^[a-z]([a-z0-9-]*[a-z0-9])?$'
export const PRODUCT_NAME_MAX = 40

/**
 * What a version says of the database. `schema`: how far its expand migrations bring it, a number that rises with every version
 * that changes it. `rollbackTo`: the lowest schema whose code still runs on a database that this version has expanded.
 */
export type SchemaFacts = { schema: number; rollbackTo: number }
/** What is known of a unit's database: how far it was expanded, and the highest `rollbackTo` of what expanded it. */
export type UnitSchema = { schema: number; floor: number }

/** Whether code that knows this schema runs on that database: newer code brings what it lacks, older code is bound by the floor. */
export const mayRunOn = ({ schema }: Pick<SchemaFacts, 'schema'>, unit: Pick<UnitSchema, 'floor'>): boolean =>
  schema >= unit.floor

/** The database after a version has expanded it: neither number ever falls, because contracting is another matter. */
export const expandedBy = ({ schema, rollbackTo }: SchemaFacts, unit: UnitSchema): UnitSchema => ({
  schema: Math.max(unit.schema, schema),
  floor: Math.max(unit.floor, rollbackTo),
})
