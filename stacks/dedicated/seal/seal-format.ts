import { createHash, hkdfSync } from 'node:crypto'

/**
 * A sealed file, version 1. Numbers are big-endian.
 *
 *     header   8 bytes  "STWSEAL1"
 *              2 bytes  length of the label
 *              n bytes  label, UTF-8: the wrapped data key, so that the file names what opens it
 *             32 bytes  salt, random
 *     chunks   65536 bytes of content each, the last one 0 to 65536; each followed by its 16 bytes of authentication tag
 *
 * The chunks are sealed with AES-256-GCM under a key of this file alone: HKDF-SHA-256 of the data key, with the salt, bound to the
 * SHA-256 of the whole header; so one bit of the header changed opens nothing. The nonce of a chunk is its number (11 bytes, from 0)
 * and one byte that is 1 for the last chunk and 0 for all others. A chunk that was moved, repeated, left out or taken from another
 * file has a nonce or a key that does not fit; a file that was cut off has no last chunk; one that was added to has one too early.
 * The last chunk is empty only when the whole content is: there is one way to cut a content into chunks.
 */
export const MAGIC = Buffer.from('STWSEAL1')
export const SALT_BYTES = 32
export const CHUNK_BYTES = 65_536
export const TAG_BYTES = 16
export const LONGEST_LABEL = 4096
const KEY_BYTES = 32

/** The header's bytes. */
export function renderHeader(label: string, salt: Buffer): Buffer {
  const text = Buffer.from(label)
  if (text.length > LONGEST_LABEL) throw new RangeError(`a label has at most ${LONGEST_LABEL} bytes`)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([MAGIC, length, text, salt])
}

/** The key that one file's chunks are sealed with. */
export function fileKey(dataKey: Uint8Array, header: Buffer): Buffer {
  if (dataKey.length !== KEY_BYTES) throw new RangeError(`a data key has ${KEY_BYTES} bytes`)
  const salt = header.subarray(-SALT_BYTES)
  const bound = Buffer.concat([Buffer.from('steward seal 1 '), createHash('sha256').update(header).digest()])
  return Buffer.from(hkdfSync('sha256', dataKey, salt, bound, KEY_BYTES))
}

/** The nonce of a chunk. */
export function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = isLast ? 1 : 0
  return nonce
}
