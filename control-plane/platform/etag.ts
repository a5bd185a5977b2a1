import { problems } from './problems.ts'

/** The strong ETag of a row: its generation. */
export const etagOf = (generation: number): string => `"${generation}"`

const HEADER = /^\s*"(\d{1,15})"(?:\s*,\s*"(\d{1,15})")*\s*$/

/**
 * The generations an If-Match header accepts; undefined when there is none or it is `*`.
 * Throws `request.invalid` for anything but strong ETags of ours.
 */
export function readIfMatch(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  if (!HEADER.test(header)) {
    const message = 'must be the ETag of the resource as it was answered, for example "3" with its quotes, or *'
    throw problems['request.invalid']({
      detail: `If-Match ${message}`,
      fields: [{ in: 'header', pointer: '/if-match', rule: 'etag', message }],
    })
  }
  return [...header.matchAll(/\d+/g)].map(([digits]) => Number(digits))
}

/** Compares an If-Match header with the row as it is now. Throws `generation.stale` (and what `readIfMatch` throws). */
export function assertIfMatch(header: string | undefined, generation: number): void {
  const wanted = readIfMatch(header)
  if (wanted === undefined || wanted.includes(generation)) return
  throw problems['generation.stale']({
    detail: `If-Match names generation ${wanted.join(', ')}, now it is ${generation}: read it again and decide anew`,
    extra: { generation },
  })
}
