import { EXPORT_FORMAT, type ExportScope, type HeaderLine, type StreamLine } from './export-lines.ts'
import { FAULTS, Found, type Finding } from './finding.ts'
import { createKnownHeads } from './known-heads.ts'
import { keyIdOf, trustedKeys, type PublicKey } from './signatures.ts'
import { createCheckpointChain, type Trust } from './verify-checkpoints.ts'
import {
  beginFile,
  beginPart,
  beginStream,
  endFile,
  expectStreams,
  newProgress,
  positionOf,
  takeEvent,
  type Progress,
  type Scope,
} from './verify-events.ts'

/** What was verified. `anchored`: against key ids that the verifier brought; else against the keys the file itself brings. */
export type Verified = {
  intact: true
  events: number
  streams: number
  checkpoints: number
  anchored: boolean
  keys: readonly string[]
  scopes: readonly ExportScope[]
}
export type Verdict = Verified | ({ intact: false } & Finding)

/** Lines of one file, in order. */
export type ExportFile = { name: string; lines: AsyncIterable<readonly string[]> }

/**
 * Verifies exports without a plane: each file by itself, and each against those before it, oldest first. Stops at the
 * first place that is not what was written. Memory grows with streams and checkpoints, not with events.
 */
export async function verifyExports(files: Iterable<ExportFile>, anchors: readonly string[] = []): Promise<Verdict> {
  const verifier = createVerifier(anchors)
  for (const { name, lines } of files) {
    let number = 0
    try {
      begin(verifier)
      for await (const batch of lines) {
        for (const line of batch) {
          number++
          takeLine(verifier, line)
        }
      }
      assertEnded(verifier)
    } catch (error) {
      if (error instanceof Found) return findingOf(error, name, number)
      throw error
    }
  }
  const { events, streams, checkpoints, used, scopes } = verifier
  const anchored = anchors.length > 0
  return { intact: true, events, streams, checkpoints: checkpoints.count(), anchored, keys: [...used], scopes }
}

const findingOf = ({ at }: Found, file: string, line: number): Verdict => ({
  stream: null,
  sequence: null,
  through: null,
  eventId: null,
  ...at,
  message: FAULTS[at.fault],
  intact: false,
  file,
  line,
})

type State = { trust: Trust; scope: Scope; stage: 'checkpoints' | 'events' | 'ended' }
type Verifier = {
  anchors: readonly string[]
  checkpoints: ReturnType<typeof createCheckpointChain>
  at: Progress
  used: Set<string>
  scopes: ExportScope[]
  events: number
  streams: number
  /** Of the file; undefined before its header. */
  state: State | undefined
}

const createVerifier = (anchors: readonly string[]): Verifier => ({
  anchors,
  checkpoints: createCheckpointChain(),
  at: newProgress(createKnownHeads()),
  used: new Set(),
  scopes: [],
  events: 0,
  streams: 0,
  state: undefined,
})

function begin(verifier: Verifier): void {
  verifier.state = undefined
  beginFile(verifier.at)
}
function assertEnded({ state }: Verifier): void {
  if (state?.stage !== 'ended') throw new Found('cut')
}

function takeLine(verifier: Verifier, line: string): void {
  const { at, state } = verifier
  const parsed = parsedLine(line)
  if (parsed.type === 'header' || state === undefined) return takeHeader(verifier, parsed)
  const { trust, stage } = state
  if (parsed.type === 'event' && stage === 'events') return takeEvent(at, line, parsed)
  if (parsed.type === 'checkpoint' && stage === 'checkpoints') {
    const { shown, key } = verifier.checkpoints.take(line, parsed, trust)
    for (const head of shown) at.heads.add(head)
    verifier.used.add(key)
  } else if ((parsed.type === 'stream' || parsed.type === 'end') && stage !== 'ended') {
    takeStreamOrEnd(verifier, state, parsed)
  } else throw new Found('malformed')
}

/** Begins a file, or goes on where it was broken off. */
function takeHeader(verifier: Verifier, parsed: Line): void {
  if (!isHeader(parsed)) throw new Found('malformed')
  const { after } = parsed.scope
  if (verifier.state !== undefined && (after === null || after !== positionOf(verifier.at)))
    throw new Found('malformed')
  verifier.scopes.push(parsed.scope)
  const trust = trustIn(parsed.keys, verifier.anchors)
  verifier.state = { trust, scope: scopeOf(parsed.scope), stage: 'checkpoints' }
  verifier.checkpoints.restart()
  beginPart(verifier.at)
}

function takeStreamOrEnd(verifier: Verifier, state: State, parsed: Line): void {
  const { at, checkpoints } = verifier
  if (state.stage === 'checkpoints') {
    checkpoints.complete()
    expectStreams(at, state.scope)
  }
  state.stage = parsed.type === 'end' ? 'ended' : 'events'
  if (isStreamLine(parsed)) return beginStream(at, parsed, state.scope)
  if (parsed.type !== 'end') throw new Found('malformed')
  endFile(at, state.scope)
  if (parsed['events'] !== at.part.events || parsed['streams'] !== at.part.streams) throw new Found('cut')
  verifier.events += at.events
  verifier.streams = Math.max(verifier.streams, at.here.size)
}

function scopeOf({ stream, from, to, after }: ExportScope): Scope {
  return { only: stream, open: to === null, late: from !== null, after: after === null ? null : placeOf(after) }
}

function placeOf(after: string): Scope['after'] {
  const at = after.lastIndexOf('@')
  return { stream: after.slice(0, at), sequence: Number(after.slice(at + 1)) }
}

type Line = { type?: unknown; [name: string]: unknown }
function parsedLine(line: string): Line {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Line // every member is checked before it is used
  } catch {
    // told below, like every other line that is none of ours
  }
  throw new Found('malformed')
}

function trustIn(keys: readonly PublicKey[], anchors: readonly string[]): Trust {
  const ours = keys.filter(({ id, purpose, publicKey }) => purpose === 'audit' && keyIdOf(publicKey) === id)
  return anchors.length > 0 ? trustedKeys(ours, anchors) : new Map(ours.map((key) => [key.id, key]))
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value)
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isKey = (key: unknown): key is PublicKey =>
  isRecord(key) &&
  ['id', 'purpose', 'publicKey'].every((name) => isText(key[name])) &&
  ['endorsedBy', 'endorsement'].every((name) => isTextOrNull(key[name]))
function isHeader(line: Line): line is Line & HeaderLine {
  const { type, format, scope, keys } = line
  if (type !== 'header' || format !== EXPORT_FORMAT || !isRecord(scope) || !Array.isArray(keys)) return false
  return keys.every(isKey) && ['stream', 'from', 'to', 'after'].every((name) => isTextOrNull(scope[name]))
}
const isStreamLine = (line: Line): line is Line & StreamLine =>
  line.type === 'stream' && isText(line['stream']) && isText(line['previous']) && Number.isSafeInteger(line['after'])
