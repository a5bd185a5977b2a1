import { chainHashOf, commitmentOf, GENESIS_HEX } from './chain.ts'
import { eventText, type StreamLine } from './export-lines.ts'
import { Found } from './finding.ts'
import type { KnownHeads } from './known-heads.ts'

type Parsed = Readonly<Record<string, unknown>>
type Event = { id: string; stream: string; sequence: number; personal: Record<string, string> }
type Place = { sequence: number; hash: string }
/** `proved`: the last event that a signed checkpoint was seen to know. */
type Section = Place & { stream: string; proved: number }
/**
 * Of the file: `only` one stream, `open` to the newest event, `late` where events before a time are left out, or `after` a place in
 * a stream and then the streams that follow in the order of names.
 */
export type Scope = {
  only: string | null
  open: boolean
  late: boolean
  after: { stream: string; sequence: number } | null
}

/** Where the events of the streams stand, one stream after the other. */
export type Progress = {
  heads: KnownHeads
  /** Streams told in this file, where each ended in this file and in the ones before it, and streams that must be told. */
  here: Set<string>
  before: Map<string, Place>
  required: Set<string>
  section: Section | undefined
  /** Events of the file; events and streams since its last header. */
  events: number
  part: { events: number; streams: number }
}
export const newProgress = (heads: KnownHeads): Progress => ({
  heads,
  here: new Set(),
  before: new Map(),
  required: new Set(),
  section: undefined,
  events: 0,
  part: { events: 0, streams: 0 },
})

export function beginFile(at: Progress): void {
  at.here.clear()
  at.required.clear()
  at.heads.clear()
  at.section = undefined
  at.events = 0
}
/** A header was read; where one stream is under way, it continues a file that was broken off there. */
export const beginPart = (at: Progress): void => void (at.part = { events: 0, streams: 0 })
export const positionOf = ({ section }: Progress): string | null =>
  section === undefined ? null : `${section.stream}@${section.sequence}`

/** All checkpoints of this part are known: these streams must follow. */
export function expectStreams({ heads, required }: Progress, { only, open, late, after }: Scope): void {
  for (const stream of heads.streams()) {
    if (only === null ? open && !late && stream >= (after?.stream ?? '') : stream === only) required.add(stream)
  }
}

export function beginStream(at: Progress, start: StreamLine, scope: Scope): void {
  const { stream, after: sequence, previous: hash } = start
  at.part.streams++
  if (at.section?.stream === stream) {
    if (at.section.sequence === sequence && at.section.hash === hash) return // goes on where it was broken off
    throw new Found('stream-repeated', { stream, sequence })
  }
  closeStream(at, scope.open)
  if (at.here.has(stream)) throw new Found('stream-repeated', { stream })
  if (scope.only !== null && scope.only !== stream) throw new Found('wrong-stream', { stream })
  if (!/^[0-9a-f]{64}$/.test(hash) || sequence < 0) throw new Found('malformed', { stream })
  if (sequence === 0 && hash !== GENESIS_HEX) throw new Found('edited', { stream, sequence: 1 })
  if (!mayBegin(start, scope)) throw new Found('missing', { stream, sequence: 1 })
  at.here.add(stream)
  at.section = { stream, sequence, hash, proved: sequence }
  compare(at, at.section, null)
}

/** Nothing but what was asked for leaves out the first events of a stream. */
const mayBegin = ({ stream, after: sequence }: StreamLine, { late, after }: Scope): boolean =>
  late || sequence === 0 || (after?.stream === stream && after.sequence === sequence)

export function takeEvent(at: Progress, line: string, parsed: Parsed): void {
  const { event, hash: told } = parsed
  if (at.section === undefined || !isEvent(event) || typeof told !== 'string') throw new Found('malformed')
  const { stream, sequence: last, hash: previous } = at.section
  const { id: eventId, sequence } = event
  if (event.stream !== stream) throw new Found('wrong-stream', { stream, sequence: last + 1, eventId })
  if (sequence > last + 1) throw new Found('missing', { stream, sequence: last + 1 })
  if (sequence <= last) {
    throw new Found(sequence === last && told === previous ? 'duplicated' : 'fork', { stream, sequence, eventId })
  }
  if (chainHashOf(previous, eventText(line)) !== told) throw new Found('edited', { stream, sequence, eventId })
  if (parsed['altered'] === true) throw new Found('altered', { stream, sequence, eventId })
  if (!personalIsTrue(parsed['personal'], event.personal)) {
    throw new Found('personal-edited', { stream, sequence, eventId })
  }
  at.section.sequence = sequence
  at.section.hash = told
  at.events++
  at.part.events++
  compare(at, at.section, eventId)
}

export function endFile(at: Progress, { open }: Scope): void {
  closeStream(at, open)
  for (const stream of at.required) {
    if (!at.here.has(stream)) throw new Found('stream-missing', { stream, sequence: 1 })
  }
}

function closeStream(at: Progress, open: boolean): void {
  if (at.section === undefined) return
  const { stream, sequence, proved } = at.section
  const known = Math.max(at.heads.newest(stream), at.before.get(stream)?.sequence ?? 0)
  if (open && known > sequence) throw new Found('truncated', { stream, sequence: sequence + 1 })
  if (proved < sequence) throw new Found('unsigned', { stream, sequence: proved + 1, through: sequence })
  at.before.set(stream, at.section)
  at.section = undefined
}

/** With what signed checkpoints and earlier files say about this place. */
function compare({ heads, before }: Progress, section: Section, eventId: string | null): void {
  const { stream, sequence, hash } = section
  const head = heads.next(stream, sequence)
  if (head?.sequence === sequence) {
    if (head.hash !== hash)
      throw new Found('rehashed', { stream, sequence: head.before + 1, through: sequence, eventId })
    section.proved = sequence
  }
  const known = before.get(stream)
  if (known?.sequence === sequence && known.hash !== hash) throw new Found('fork', { stream, sequence, eventId })
}

/** A value that was erased is no fault; one that is there must be the one committed to. */
function personalIsTrue(values: unknown, commitments: Record<string, string>): boolean {
  if (values === undefined) return true
  if (typeof values !== 'object' || values === null) return false
  for (const field in values) {
    const value: unknown = (values as Record<string, unknown>)[field] // its own member: JSON made it
    if (!Array.isArray(value)) return false
    const [salt, plain] = value as unknown[]
    if (typeof salt !== 'string' || !/^([0-9a-f]{2})*$/.test(salt) || typeof plain !== 'string') return false
    if (commitments[field] !== commitmentOf(salt, plain)) return false
  }
  return true
}

function isEvent(value: unknown): value is Event {
  if (typeof value !== 'object' || value === null) return false
  const { id, stream, sequence, personal } = value as Record<string, unknown> // looked up by name on something unknown
  return (
    typeof id === 'string' &&
    typeof stream === 'string' &&
    typeof sequence === 'number' &&
    typeof personal === 'object' &&
    personal !== null
  )
}
