import { chmod, open, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'

/** Writes a whole file or none: a reader or a crash never sees half of it. Mode 0600 unless told otherwise. */
export async function writeFileAtomic(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`
  await writeFile(temporary, content, { mode, flag: 'wx' })
  await chmod(temporary, mode) // the mode above is cut by the umask
  await rename(temporary, path)
}

/**
 * The same for what must survive the machine, too: on the disk, under its name, before it resolves. Mode 0600. Nothing of a failed attempt
 * stays, also where content breaks at once: a stream that opens the file itself may do so after it was removed.
 */
export async function writeFileDurably(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(content, { signal })
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Makes what was created, renamed or removed in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
