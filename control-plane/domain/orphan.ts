/** Where a sweep looks; a place that could not be searched says nothing about what is gone from it. */
export const SWEEP_PLACES = ['cluster', 'databases', 'edge', 'resources', 'exports'] as const
export type SweepPlace = (typeof SWEEP_PLACES)[number]

export const ORPHAN_STATES = ['suspected', 'reported', 'kept', 'gone'] as const
export type OrphanState = (typeof ORPHAN_STATES)[number]

/** Something that carries the plane's labels, names or owners, and what it says that it belongs to. */
export type Trace = {
  kind: string
  name: string
  where: string
  /** Claims such as `unit:<id>`: see `claim`. It is known when each of them is. */
  of: readonly string[]
}
export type Orphan = Omit<Trace, 'of'> & { owner: string }

/** How a trace names what it belongs to; the plane's own records are written the same way. */
export const claim = {
  unit: (id: string) => `unit:${id}`,
  unitName: (name: string) => `unit-name:${name}`,
  tenant: (id: string) => `tenant:${id}`,
  stack: (name: string) => `stack:${name}`,
  /** A database or a role. */
  sql: (name: string) => `sql:${name}`,
  /** By its id, with or without dashes. */
  move: (id: string) => `move:${id.replaceAll('-', '')}`,
  export: (key: string) => `export:${key}`,
}

/** What the plane knows by a claim: what it is called for people, and whether something of it may be there. */
export type Known = ReadonlyMap<string, { label: string; alive: boolean }>

/** The traces that belong to nothing which may be there, each with whom they were probably of. */
export const orphansAmong = (traces: readonly Trace[], known: Known): Orphan[] =>
  traces.flatMap(({ of, ...trace }) => {
    const strange = of.filter((one) => known.get(one)?.alive !== true)
    return strange.length === 0 ? [] : [{ ...trace, owner: ownerOf(strange, known) }]
  })

function ownerOf(strange: readonly string[], known: Known): string {
  const labels = strange.flatMap((one) => known.get(one)?.label ?? [])
  return labels.length > 0 ? [...new Set(labels)].join(', ') : `unknown (${strange.join(', ')})`
}
