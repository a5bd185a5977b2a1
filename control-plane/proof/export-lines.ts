import type { Head } from './merkle.ts'
import type { PublicKey } from './signatures.ts'

/**
 * The export as a file: JSON Lines, first a header with the public keys, then every checkpoint, then stream by stream its events
 * in order, last an end. Signed and hashed texts stand in their lines as they are, at the end, so that a verifier cuts them out
 * instead of writing them anew.
 */
export const EXPORT_FORMAT = 'steward-audit/1'

/** What was asked for; null: no limit. `after` is where an earlier export stopped: `<stream>@<sequence>`. */
export type ExportScope = { stream: string | null; from: string | null; to: string | null; after: string | null }
export type HeaderLine = {
  type: 'header'
  format: typeof EXPORT_FORMAT
  at: string
  scope: ExportScope
  /** Whether personal values that were not erased stand beside their commitments. */
  personal: boolean
  keys: readonly PublicKey[]
}
/** Heads inside a checkpoint line: all of them, or one with the proof that it belongs to the root. */
export type ShownHead = Head & { index?: number; proof?: readonly string[] }
/** Begins a stream: the events after number `after`, whose hash is `previous`. */
export type StreamLine = { type: 'stream'; stream: string; after: number; previous: string }
export type EndLine = { type: 'end'; events: number; streams: number }
/** Personal values of an event by field: salt in hex and the value. */
export type Personal = Readonly<Record<string, readonly [salt: string, plain: string]>>

const EVENT = ',"event":{'
const CHECKPOINT = ',"checkpoint":{'

export const headerLine = (header: Omit<HeaderLine, 'type' | 'format'>): string =>
  JSON.stringify({ type: 'header', format: EXPORT_FORMAT, ...header })
export const streamLine = (start: Omit<StreamLine, 'type'>): string => JSON.stringify({ type: 'stream', ...start })
export const endLine = (end: Omit<EndLine, 'type'>): string => JSON.stringify({ type: 'end', ...end })

/** `altered`: columns the database searches by no longer say what the event says. */
export const eventLine = (event: { hash: string; personal: Personal; altered: boolean; canonical: string }): string =>
  `{"type":"event","hash":"${event.hash}","personal":${JSON.stringify(event.personal)}${event.altered ? ',"altered":true' : ''},"event":${event.canonical}}`

export const checkpointLine = (of: { signature: string; heads: readonly ShownHead[]; canonical: string }): string =>
  `{"type":"checkpoint","signature":"${of.signature}","heads":${JSON.stringify(of.heads)},"checkpoint":${of.canonical}}`

/**
 * The signed or hashed text inside a line. Inside a JSON string quotes are escaped, so the first mark is the real one: personal
 * values and heads are no objects under these names.
 */
const textAfter = (line: string, mark: string): string => {
  const at = line.indexOf(mark)
  return at < 0 ? '' : line.slice(at + mark.length - 1, -1)
}
export const eventText = (line: string): string => textAfter(line, EVENT)
export const checkpointText = (line: string): string => textAfter(line, CHECKPOINT)
