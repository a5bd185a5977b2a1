import type { ClauseId, Sighting } from '../../control-plane/domain/contract.ts'

/** What was seen of some clauses. */
export type Seen = Partial<Record<ClauseId, readonly Sighting[]>>

/** A product's words are evidence, but some are long. */
const WORDS = 300

/** Something that was looked at: it holds, or it does not. */
export const saw = (what: string, expected: string, seen: string, holds: boolean): Sighting => ({
  what,
  expected,
  seen: seen.slice(0, WORDS),
  holds,
})

/** Something that could not be found out, with the reason; never a pass and never a failure. */
export const unclear = (what: string, reason: string, why?: Sighting['why']): Sighting => ({
  what,
  expected: 'an answer',
  seen: reason.slice(0, WORDS),
  holds: null,
  ...(why === undefined ? {} : { why }),
})

/** One value beside the one that is expected, compared as JSON. */
export function same(what: string, expected: unknown, seen: unknown): Sighting {
  const [wanted, found] = [expected, seen].map((value) => JSON.stringify(value) ?? 'nothing')
  return saw(what, wanted ?? '', found ?? '', wanted === found)
}
