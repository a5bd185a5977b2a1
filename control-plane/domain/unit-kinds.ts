/** Isolation levels the plane can place so far; the words are those of the plan catalogue. */
export const ISOLATIONS = ['shared', 'private', 'dedicated'] as const
export type Isolation = (typeof ISOLATIONS)[number]

/** A cell serves many shared tenants; an instance is one private tenant's own; a stack is a dedicated one's, down to the cluster. */
export const UNIT_KINDS = ['cell', 'instance', 'stack'] as const
export type UnitKind = (typeof UNIT_KINDS)[number]

/** What kind of unit a tenant of an isolation is placed in. */
export const UNIT_KIND_OF: Readonly<Record<Isolation, UnitKind>> = {
  shared: 'cell',
  private: 'instance',
  dedicated: 'stack',
}

/** Whether a unit of the kind has one tenant, which comes and goes with it. */
export const isOwn = (kind: UnitKind): boolean => kind !== 'cell'
