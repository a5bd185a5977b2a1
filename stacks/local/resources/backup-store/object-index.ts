import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder, writeFileDurably } from '../../../process/write-file.ts'

/** An object as the store tells it. `sha256` is in hexadecimal. */
export type StoredObject = { key: string; bytes: number; sha256: string; at: string }
/** The same as its entry in the index, which names the file that holds it. */
export type Entry = StoredObject & { blob: string }

export type ObjectIndex = ReturnType<typeof createObjectIndex>

/** What was found, or undefined where there is no such file. */
export const ifThere = <T>(found: Promise<T>): Promise<T | undefined> =>
  found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })

/** Which objects there are: one file each, named by the hash of the key, so that no key ever becomes a path. Written whole, on the disk. */
export function createObjectIndex(folder: string) {
  const fileOf = (key: string) => join(folder, `${createHash('sha256').update(key).digest('hex')}.json`)
  const read = async (path: string): Promise<Entry | undefined> => {
    const text = await ifThere(readFile(path, 'utf8'))
    return text === undefined ? undefined : (JSON.parse(text) as Entry) // written by `write` alone, whole
  }
  return {
    prepare: () => mkdir(folder, { recursive: true, mode: 0o700 }),
    read: (key: string) => read(fileOf(key)),
    write: (entry: Entry) => writeFileDurably(fileOf(entry.key), `${JSON.stringify(entry)}\n`),
    async remove(key: string): Promise<void> {
      await rm(fileOf(key), { force: true })
      await syncFolder(folder)
    },
    /** All entries, in no order. */
    async all(): Promise<Entry[]> {
      const found: Entry[] = []
      for (const name of await readdir(folder)) {
        const entry = name.endsWith('.json') ? await read(join(folder, name)) : undefined
        if (entry) found.push(entry)
      }
      return found
    },
  }
}
