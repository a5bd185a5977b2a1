/** What an input may be, for people and programs. */
type Rule = { rule: string; fits: (value: unknown) => boolean }

/** A kind of resource as the engine sees it. */
export type LocalKind = {
  /** Its name at the target. */
  kind: string
  inputs: Readonly<Record<string, Rule>>
  /** The inputs for which it has to be made anew. */
  replaces: (before: Record<string, unknown>, after: Record<string, unknown>) => readonly string[]
  /** Numbers that are least ones: where there is more already, that stays, and is no drift. */
  rises?: readonly string[]
  /** It may take so long to be made, changed or ended, in milliseconds. */
  withinMs: number
}
export type Fault = { property: string; reason: string }

const whole = (from: number, to: number): Rule => ({
  rule: `must be a whole number from ${from} to ${to}`,
  fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to,
})
const matching = (pattern: RegExp, rule: string): Rule => ({
  rule,
  fits: (value) => typeof value === 'string' && pattern.test(value),
})

/** Whether version `a` comes before version `b`, number by number. */
const isOlder = (a: unknown, b: unknown): boolean => String(a).localeCompare(String(b), 'en', { numeric: true }) < 0
const changed =
  (...names: readonly string[]): LocalKind['replaces'] =>
  (before, after) =>
    names.filter((name) => before[name] !== after[name])

const CREATED_WITHIN_MS = 240_000
const RESOURCE_NAME = matching(
  /^[a-z][a-z0-9-]{0,39}$/,
  'must begin with a letter and have at most 40 of a to z, 0 to 9 and hyphens',
)

/** The kinds by their type in the engine. The target has the last word: these rules only say the same before anything is done. */
export const LOCAL_KINDS: Readonly<Record<string, LocalKind>> = {
  'steward:local:KubernetesCluster': {
    kind: 'kubernetes-cluster',
    inputs: {
      version: matching(/^\d+\.\d+\.\d+$/, 'must be a version such as 1.35.4'),
      nodes: whole(1, 1),
    },
    // an older server need not understand what a newer one has written
    replaces: (before, after) => [
      ...changed('nodes')(before, after),
      ...(isOlder(after['version'], before['version']) ? ['version'] : []),
    ],
    withinMs: CREATED_WITHIN_MS,
  },
  'steward:local:PostgresCluster': {
    kind: 'postgres-cluster',
    inputs: { standbys: whole(0, 1), maxConnections: whole(20, 1000) },
    replaces: () => [],
    withinMs: CREATED_WITHIN_MS,
  },
  'steward:local:Key': {
    kind: 'key',
    inputs: { generation: whole(1, 999_999_999) },
    replaces: () => [],
    // Who rotates a key by hand has a reason, and nobody turns that back. To replace one would be to destroy it.
    rises: ['generation'],
    withinMs: 60_000,
  },
  'steward:local:BackupStore': {
    kind: 'backup-store',
    inputs: {
      residency: matching(
        /^[a-z][a-z0-9-]{0,39}$/,
        'must be the name of a region: 1 to 40 small letters, digits and -, a letter first',
      ),
    },
    replaces: changed('residency'),
    withinMs: 60_000,
  },
}

/** The engine says so where a value is not known before the run. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

const isMore = (one: unknown, other: unknown): boolean =>
  typeof one === 'number' && typeof other === 'number' && one > other

/** Whether a number of a kind has only risen above what was asked for. */
export const hasRisen = (type: string, name: string, { wanted, found }: { wanted: unknown; found: unknown }): boolean =>
  LOCAL_KINDS[type]?.rises?.includes(name) === true && isMore(found, wanted)

/** Inputs as they hold: what only rises stays where it is when less is asked for. */
export function raised(
  kind: LocalKind,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, unknown> {
  if (before['name'] !== after['name']) return after
  const kept = (kind.rises ?? []).filter((name) => isMore(before[name], after[name]))
  return { ...after, ...Object.fromEntries(kept.map((name) => [name, before[name]])) }
}

/** Everything that is wrong with inputs, each fault with the property it is about. */
export function faultsOf(kind: LocalKind, after: Record<string, unknown>): readonly Fault[] {
  const rules: Record<string, Rule> = { name: RESOURCE_NAME, ...kind.inputs }
  const strangers = Object.keys(after)
    .filter((name) => !(name in rules))
    .map((name) => ({ property: name, reason: `is no input; there are ${Object.keys(rules).join(', ')}` }))
  const broken = Object.entries(rules)
    .filter(([name, { fits }]) => after[name] !== UNKNOWN && !fits(after[name]))
    .map(([name, { rule }]) => ({ property: name, reason: rule }))
  return [...strangers, ...broken]
}

/** How inputs differ: which ones, and for which of them the resource has to be made anew. */
export function differenceOf(
  kind: LocalKind,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): { changed: readonly string[]; replaces: readonly string[] } {
  const names = changed('name', ...Object.keys(kind.inputs))(before, after)
  const replaces = [...(names.includes('name') ? ['name'] : []), ...kind.replaces(before, after)]
  return { changed: names, replaces }
}
