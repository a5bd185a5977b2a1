import { createReadStream, createWriteStream } from 'node:fs'
import { truncate } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { exportAudit } from '../client/generated/sdk.gen.ts'
import type { ExportAuditData } from '../client/generated/types.gen.ts'
import { EXIT, Failure, failureOf, unreachable, usageError } from './failure.ts'
import type { Session } from './session.ts'

type Query = NonNullable<ExportAuditData['query']>
/** Where a broken-off export can go on: after that event, whose line ends at byte `length`. */
export type Kept = { position: string; length: number }

/** The bytes of an export as they come. Throws what the plane answers instead. */
export async function download({ client, url }: Pick<Session, 'client' | 'url'>, query: Query): Promise<Readable> {
  const { data, error, response } = await exportAudit({ client, query, parseAs: 'stream' })
  if (response === undefined) throw unreachable(url, error)
  if (!response.ok) throw failureOf(url, response.status, error)
  return Readable.fromWeb(data as unknown as Parameters<typeof Readable.fromWeb>[0]) // what `parseAs: stream` returns
}

/** Writes the bytes into the file: anew, or behind what is kept of it. Throws when they break off. */
export async function keepIn(file: string, kept: Kept | null, bytes: Readable): Promise<void> {
  if (kept !== null) await truncate(file, kept.length)
  let last = ''
  bytes.on('data', (chunk: Buffer) => (last = (last + chunk.subarray(-100).toString('latin1')).slice(-100)))
  const target = createWriteStream(file, kept === null ? { mode: 0o600 } : { flags: 'a' })
  const broken = await pipeline(bytes, target).then(
    () => (last.includes('{"type":"end"') ? undefined : 'it ended before its end'),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (broken !== undefined) {
    const message = `the export broke off: ${broken}`
    throw new Failure(EXIT.retryable, 'audit.export-broken', message, [
      `go on with: steward audit export ${file} --resume`,
    ])
  }
}

const NEWLINE = 10
const EVENT = '{"type":"event"'

/** Finds the last whole event of a file. Throws a usage error when there is none to go on after. */
export async function resumeAt(file: string): Promise<Kept | 'complete'> {
  let rest: Buffer = Buffer.alloc(0)
  let [at, event, length, ended] = [0, '', 0, false]
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = Buffer.concat([rest, chunk as Buffer]) // a file's chunks are buffers
    let from = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.subarray(from, end)
      from = end + 1
      ended = line.subarray(0, 13).toString() === '{"type":"end"'
      if (line.subarray(0, EVENT.length).toString() === EVENT) [event, length] = [line.toString(), at + from]
    }
    rest = bytes.subarray(from)
    at += from
  }
  if (ended) return 'complete'
  if (event === '') throw usageError(`${file} holds no event to go on after: export anew without --resume`)
  const { stream, sequence } = (JSON.parse(event) as { event: { stream: string; sequence: number } }).event // a line of an export
  return { position: `${stream}@${sequence}`, length }
}
