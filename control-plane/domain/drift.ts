/**
 * One place where a unit differs from what was applied: an object that is gone, a field that somebody changed, or an object that
 * carries our labels or names and that we never made. Values of secrets are never in it.
 */
export type Difference = {
  what: 'missing' | 'changed' | 'unknown'
  /** The object for people, for example `Deployment cell-a/ledger` or `role cell_a_app`. */
  object: string
  /** Id of the tenant whose object it is; null for what all tenants of the unit share. */
  tenantId: string | null
  /** Where in the object, for example `spec.replicas`; null for the whole of it. */
  path: string | null
  /** JSON text; null: nothing, or the whole. */
  wanted: string | null
  found: string | null
  /** Of what a dedicated stack is made of, and of nothing else: whether it holds what cannot be made anew, so that a person restores it. */
  protected?: boolean
}

/** What is shown in a secret's place, and where one is not what it should be. */
export const HIDDEN = '[redacted]'
export const DIFFERS = 'value differs'
const SHOWN = 3
const VALUE_MAX = 80

const cut = (text: string): string => (text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text)

/** One difference as a sentence. */
export function differenceText({ what, object: name, path, wanted, found, protected: kept }: Difference): string {
  const object = kept === true ? `${name} (protected)` : name
  if (what === 'missing') return `${object} is gone`
  if (what === 'unknown') return `${object} is there, but nobody of us made it`
  if (found === DIFFERS) return `${object} ${path ?? ''}: ${DIFFERS}`
  return `${object} ${path ?? ''} is ${cut(found ?? 'absent')} instead of ${cut(wanted ?? 'absent')}`
}

/** Some of them in one message, and how many there are. */
export function differencesText(differences: readonly Difference[]): string {
  const shown = differences.slice(0, SHOWN).map(differenceText).join('; ')
  const more = differences.length - SHOWN
  return more > 0 ? `${shown}; and ${more} more` : shown
}

const place = ({ object, path }: Difference): string => `${object} ${path ?? ''}`
/** The order in which differences are shown. */
export const byPlace = (a: Difference, b: Difference): number =>
  place(a) === place(b) ? 0 : place(a) < place(b) ? -1 : 1

/** Whether it is about what a stack is made of, rather than about what runs in a unit. */
export const isOfStack = (one: Pick<Difference, 'protected'>): boolean => one.protected !== undefined

/** What stands against saying that a unit is as it was applied: an unknown object is reported, but takes nothing away from ours. */
export const isRepairable = ({ what }: Pick<Difference, 'what'>): boolean => what !== 'unknown'
