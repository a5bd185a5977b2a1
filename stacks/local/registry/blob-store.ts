import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A blob as manifests name it. */
export type Blob = { digest: string; size: number }
export type BlobStore = ReturnType<typeof createBlobStore>

const DIGEST = /^sha256:[0-9a-f]{64}$/
export const isDigest = (text: string): boolean => DIGEST.test(text)

/** Content by its SHA-256 digest, one file each; a blob is there whole or not at all. */
export function createBlobStore(folder: string) {
  const fileOf = (digest: string): string => join(folder, digest.replace(':', '-'))

  const put = async (source: AsyncIterable<Uint8Array>): Promise<Blob> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const half = join(folder, `writing-${randomBytes(6).toString('hex')}`)
    const hash = createHash('sha256')
    let size = 0
    try {
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk)
            size += chunk.length
            yield chunk
          }
        },
        createWriteStream(half, { mode: 0o600 }),
      )
      const digest = `sha256:${hash.digest('hex')}`
      await rename(half, fileOf(digest))
      return { digest, size }
    } finally {
      await rm(half, { force: true })
    }
  }
  return {
    put,
    putText: (text: string): Promise<Blob> =>
      put(
        (async function* () {
          yield Buffer.from(text)
        })(),
      ),
    /** Size of a blob; undefined when it is not there, or is no digest. */
    async find(digest: string): Promise<Blob | undefined> {
      if (!isDigest(digest)) return undefined
      return stat(fileOf(digest)).then(
        ({ size }) => ({ digest, size }),
        () => undefined,
      )
    },
    read: (digest: string): Readable => createReadStream(fileOf(digest)),
    text: (digest: string): Promise<string> => readFile(fileOf(digest), 'utf8'),
  }
}
