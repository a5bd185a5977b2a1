import { createReadStream } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { open as openFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { open, seal } from './seal.ts'

/** Writes a file under its name only when all of it is there, on the disk, mode 0600; nothing of a failed attempt stays. */
async function writeWhole(path: string, content: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    const handle = await openFile(draft, 'wx', 0o600) // a stream that opens it itself may do so after the content broke, behind our removal
    const target = handle.createWriteStream({ flush: true })
    await (signal ? pipeline(content, target, { signal }) : pipeline(content, target))
    await rename(draft, path)
    const folder = await openFile(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** A file's content; the file is opened only when somebody reads, and closed when nobody does any more. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}

type Way = { from: string; to: string; dataKey: Uint8Array; signal?: AbortSignal }

/** Seals a file into another, whole or not at all. */
export const sealFile = ({ from, to, dataKey, label, signal }: Way & { label: string }): Promise<void> =>
  writeWhole(to, seal(contentOf(from), dataKey, label), signal)

/** Opens a sealed file into another: there is no such file unless every byte of it is what was sealed. */
export const openSealedFile = ({ from, to, dataKey, signal }: Way): Promise<void> =>
  writeWhole(to, open(contentOf(from), dataKey), signal)
