import { createHash } from 'node:crypto'

/**
 * What a tenant's export holds once it is opened: lines of UTF-8.
 *
 *     {"type":"archive",…}                               what it is of, when and from which version of the product
 *     {"type":"section","name":…}                        begins a section: configuration, audit, sequences or `table <name>`
 *     +…                                                 a line of the section: behind the plus, JSON as it was written
 *     {"type":"section-end","name":…,"lines":…,"sha256":…}   over its lines, each with a line feed
 *     {"type":"end","sections":…,"sha256":…}             over the first line and those that end sections, each with a line feed
 *
 * A line of content cannot be taken for one of the frame, whatever it says.
 */
export const ARCHIVE_FORMAT = 'steward-tenant-export/1'

export type ArchiveHeader = {
  format: typeof ARCHIVE_FORMAT
  tenant: { id: string; slug: string }
  operationId: string
  unit: string
  region: string
  product: string
  /** Version of the product, and how far its migrations had come: an empty database of that schema takes the rows. */
  version: string
  schema: number
  /** `rows`: of one tenant out of a shared database; `database`: every row of a database of its own; `none`: it had none. */
  data: 'rows' | 'database' | 'none'
  takenAt: string
}
export type SectionSummary = { name: string; lines: number; sha256: string }
export type Manifest = ArchiveHeader & { sections: readonly SectionSummary[]; sha256: string }
export type Section = { name: string; lines: AsyncIterable<string> }

type Frame =
  | ({ type: 'archive' } & ArchiveHeader)
  | { type: 'section'; name: string }
  | ({ type: 'section-end' } & SectionSummary)
  | { type: 'end'; sections: number; sha256: string }

/** Writes an archive; its manifest is there once all of it was read. Holds one line at a time. */
export function writeArchive(header: ArchiveHeader, sections: AsyncIterable<Section>) {
  let manifest: Manifest | undefined
  async function* text(): AsyncGenerator<Buffer> {
    const whole = createHash('sha256')
    const done: SectionSummary[] = []
    const first = framed({ type: 'archive', ...header })
    whole.update(first)
    yield first
    for await (const { name, lines } of sections) {
      const hash = createHash('sha256')
      let count = 0
      yield framed({ type: 'section', name })
      for await (const line of lines) {
        if (line.includes('\n')) throw new Error(`a line of ${name} holds a line feed`)
        const bytes = Buffer.from(`${line}\n`)
        hash.update(bytes)
        count += 1
        yield Buffer.concat([PLUS, bytes])
      }
      const summary = { name, lines: count, sha256: hash.digest('hex') }
      const end = framed({ type: 'section-end', ...summary })
      whole.update(end)
      done.push(summary)
      yield end
    }
    const sha256 = whole.digest('hex')
    manifest = { ...header, sections: done, sha256 }
    yield framed({ type: 'end', sections: done.length, sha256 })
  }
  return {
    text: text(),
    manifest: (): Manifest => {
      if (manifest === undefined) throw new Error('the archive was not written to its end')
      return manifest
    },
  }
}

const PLUS = Buffer.from('+')
const framed = (frame: Frame): Buffer => Buffer.from(`${JSON.stringify(frame)}\n`)

/** What can be wrong with an archive. */
export const ARCHIVE_FAULTS = {
  foreign: 'this is no export of a tenant',
  damaged: 'it was changed or cut off, or the key is another',
  malformed: 'this line is not one that an export holds here',
  cut: 'it ends before its end',
  edited: 'its lines are not those that were written',
} as const
export class ArchiveFault extends Error {
  readonly fault: keyof typeof ARCHIVE_FAULTS
  readonly line: number
  constructor(fault: keyof typeof ARCHIVE_FAULTS, line = 0) {
    super(ARCHIVE_FAULTS[fault])
    this.fault = fault
    this.line = line
  }
}

/**
 * Reads an archive to its end and hands out its lines, section by section. Throws `ArchiveFault` at the first place that is not what
 * was written; what was handed out is all there is only once the manifest is returned.
 */
export async function readArchive(
  lines: AsyncIterable<readonly string[]>,
  take: (section: string, line: string) => unknown = () => {},
): Promise<Manifest> {
  const whole = createHash('sha256')
  const sections: SectionSummary[] = []
  let [number, header, at, ended] = [0, undefined as ArchiveHeader | undefined, undefined as Open | undefined, false]
  let sha256 = ''
  for await (const batch of lines) {
    for (const line of batch) {
      number += 1
      const malformed = () => new ArchiveFault('malformed', number)
      if (ended) throw malformed()
      if (line.startsWith('+')) {
        if (at === undefined) throw malformed()
        at.hash.update(`${line.slice(1)}\n`)
        at.lines += 1
        await take(at.name, line.slice(1))
        continue
      }
      const frame = frameOf(line, number, header === undefined)
      if (frame.type === 'archive') {
        header = headerOf(frame)
        whole.update(`${line}\n`)
      } else if (frame.type === 'section' && at === undefined)
        at = { name: frame.name, lines: 0, hash: createHash('sha256') }
      else if (frame.type === 'section-end' && at !== undefined) {
        sections.push(closed(frame, at, number))
        whole.update(`${line}\n`)
        at = undefined
      } else if (frame.type === 'end' && at === undefined) {
        sha256 = whole.digest('hex')
        if (frame.sha256 !== sha256 || frame.sections !== sections.length) throw new ArchiveFault('edited', number)
        ended = true
      } else throw malformed()
    }
  }
  if (header === undefined || !ended) throw new ArchiveFault('cut', number)
  return { ...header, sections, sha256 }
}

type Open = { name: string; lines: number; hash: ReturnType<typeof createHash> }

function closed(frame: SectionSummary, at: Open, line: number): SectionSummary {
  const found = { name: at.name, lines: at.lines, sha256: at.hash.digest('hex') }
  if (frame.name !== found.name || frame.lines !== found.lines || frame.sha256 !== found.sha256)
    throw new ArchiveFault('edited', line)
  return found
}

const TYPES: readonly string[] = ['archive', 'section', 'section-end', 'end'] satisfies Frame['type'][]

/** The header comes first and once. */
function frameOf(line: string, number: number, isFirst: boolean): Frame {
  let frame: Frame
  try {
    frame = JSON.parse(line) as Frame // its type is looked at below, its members are compared
  } catch {
    throw new ArchiveFault(isFirst ? 'foreign' : 'malformed', number)
  }
  if (isFirst && !(frame?.type === 'archive' && frame.format === ARCHIVE_FORMAT))
    throw new ArchiveFault('foreign', number)
  if (!TYPES.includes(frame?.type) || (!isFirst && frame.type === 'archive'))
    throw new ArchiveFault('malformed', number)
  return frame
}

const headerOf = ({ type: _type, ...header }: { type: 'archive' } & ArchiveHeader): ArchiveHeader => header
