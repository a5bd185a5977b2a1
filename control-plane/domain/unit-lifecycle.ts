/** Isolation levels the plane can place so far; the words are those of the plan catalogue. */
export const ISOLATIONS = ['shared'] as const
export type Isolation = (typeof ISOLATIONS)[number]

export const UNIT_KINDS = ['cell'] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

/** Only an `active` unit takes new tenants. A `failed` one can be retried or retired. */
export const UNIT_STATES = ['creating', 'active', 'retiring', 'retired', 'failed'] as const
export type UnitState = (typeof UNIT_STATES)[number]
