import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createByteReader, type ByteReader } from './byte-reader.ts'
import {
  CHUNK_BYTES,
  fileKey,
  LONGEST_LABEL,
  MAGIC,
  nonceOf,
  renderHeader,
  SALT_BYTES,
  TAG_BYTES,
} from './seal-format.ts'
import { sealProblems } from './seal.errors.ts'

const ALGORITHM = 'aes-256-gcm'
const OPTIONS = { authTagLength: TAG_BYTES } as const
type Bytes = AsyncIterable<Uint8Array>

/**
 * Seals a stream with a data key (32 bytes); `label` is kept readable in the header and cannot be changed unnoticed: the wrapped
 * data key belongs there. Memory used does not depend on the length. The format: seal-format.ts.
 */
export async function* seal(source: Bytes, dataKey: Uint8Array, label: string): AsyncGenerator<Buffer> {
  const header = renderHeader(label, randomBytes(SALT_BYTES))
  const key = fileKey(dataKey, header)
  const reader = createByteReader(source)
  try {
    yield header
    for (let number = 0, isLast = false; !isLast; number += 1) {
      const content = await reader.take(CHUNK_BYTES)
      isLast = await reader.isAtEnd()
      const cipher = createCipheriv(ALGORITHM, key, nonceOf(number, isLast), OPTIONS)
      yield Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
    }
  } finally {
    await reader.close()
  }
}

async function readHeader(reader: ByteReader): Promise<{ header: Buffer; label: string }> {
  const start = await reader.take(MAGIC.length + 2)
  if (!start.subarray(0, MAGIC.length).equals(MAGIC))
    throw sealProblems['seal.foreign']({ detail: 'it does not begin as something sealed does' })
  const length = start.length < MAGIC.length + 2 ? 0 : start.readUInt16BE(MAGIC.length)
  const rest = await reader.take(length + SALT_BYTES)
  if (start.length < MAGIC.length + 2 || length > LONGEST_LABEL || rest.length < length + SALT_BYTES)
    throw sealProblems['seal.damaged']({ detail: 'its header is cut off or was changed' })
  return { header: Buffer.concat([start, rest]), label: rest.subarray(0, length).toString() }
}

/** The label of something sealed, to find its key by. Only opening it shows whether the label is the one it was sealed with. */
export async function readLabel(source: Bytes): Promise<string> {
  const reader = createByteReader(source)
  try {
    return (await readHeader(reader)).label
  } finally {
    await reader.close()
  }
}

/**
 * Opens what `seal` made. Every chunk is yielded only after it was authenticated, in its place; `seal.damaged` is thrown at the
 * first that is not what was sealed, or at the end when something is missing. So what was yielded is true, and is everything only
 * when the generator ended by itself: use nothing of it before. Throws `seal.foreign` when it is nothing sealed.
 */
export async function* open(source: Bytes, dataKey: Uint8Array): AsyncGenerator<Buffer> {
  const reader = createByteReader(source)
  try {
    const { header } = await readHeader(reader)
    const key = fileKey(dataKey, header)
    for (let number = 0, isLast = false; !isLast; number += 1) {
      const sealed = await reader.take(CHUNK_BYTES + TAG_BYTES)
      isLast = await reader.isAtEnd()
      const content = openChunk(key, sealed, number, isLast)
      if (content.length === 0 && number > 0) throw damaged(number)
      if (content.length > 0) yield content
    }
  } finally {
    await reader.close()
  }
}

const damaged = (number: number, cause?: unknown) =>
  sealProblems['seal.damaged']({
    detail: `byte ${number * CHUNK_BYTES} of its content or what follows was changed or cut off, or it was sealed with another key`,
    cause,
  })

function openChunk(key: Buffer, sealed: Buffer, number: number, isLast: boolean): Buffer {
  if (sealed.length < TAG_BYTES) throw damaged(number)
  try {
    const decipher = createDecipheriv(ALGORITHM, key, nonceOf(number, isLast), OPTIONS)
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw damaged(number, cause)
  }
}
