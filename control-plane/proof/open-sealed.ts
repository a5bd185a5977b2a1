import { createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { ArchiveFault } from './archive.ts'

/** The sealed file of version 1, as `stacks/dedicated/seal/seal-format.ts` describes it: written there, opened here without it. */
const MAGIC = Buffer.from('STWSEAL1')
const [LENGTH, SALT, CHUNK, TAG] = [2, 32, 65_536, 16]

/**
 * Opens what was sealed. Every chunk is given only after it was authenticated in its place; throws `ArchiveFault` `foreign` for what
 * was not sealed, `damaged` at the first chunk that is not what was sealed, or where one is missing.
 */
export async function* openSealed(source: AsyncIterable<Uint8Array>, dataKey: Uint8Array): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let key: Buffer | undefined
  let number = 0
  const openChunk = (sealed: Buffer, isLast: boolean): Buffer => {
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64BE(BigInt(number), 3)
    nonce[11] = isLast ? 1 : 0
    if (key === undefined || sealed.length < TAG || (number > 0 && isLast && sealed.length === TAG))
      throw new ArchiveFault('damaged')
    number += 1
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
      decipher.setAuthTag(sealed.subarray(-TAG))
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()])
    } catch {
      throw new ArchiveFault('damaged')
    }
  }
  for await (const piece of source) {
    held = Buffer.concat([held, piece])
    if (key === undefined) {
      const end = headerEnd(held)
      if (end === undefined) continue
      key = keyOf(dataKey, held.subarray(0, end))
      held = held.subarray(end)
    }
    while (held.length > CHUNK + TAG) {
      yield openChunk(held.subarray(0, CHUNK + TAG), false)
      held = held.subarray(CHUNK + TAG)
    }
  }
  if (key === undefined && !held.subarray(0, MAGIC.length).equals(MAGIC)) throw new ArchiveFault('foreign')
  yield openChunk(held, true)
}

/** Where the header ends; undefined while it has not all arrived. */
function headerEnd(held: Buffer): number | undefined {
  if (held.length < MAGIC.length + LENGTH) return undefined
  if (!held.subarray(0, MAGIC.length).equals(MAGIC)) throw new ArchiveFault('foreign')
  const end = MAGIC.length + LENGTH + held.readUInt16BE(MAGIC.length) + SALT
  return held.length < end ? undefined : end
}

function keyOf(dataKey: Uint8Array, header: Buffer): Buffer {
  const bound = Buffer.concat([Buffer.from('steward seal 1 '), createHash('sha256').update(header).digest()])
  return Buffer.from(hkdfSync('sha256', dataKey, header.subarray(-SALT), bound, 32))
}
