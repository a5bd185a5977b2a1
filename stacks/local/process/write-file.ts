import { chmod, rename, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'

/** Writes a whole file or none: a reader or a crash never sees half of it. Mode 0600 unless told otherwise. */
export async function writeFileAtomic(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`
  await writeFile(temporary, content, { mode, flag: 'wx' })
  await chmod(temporary, mode) // the mode above is cut by the umask
  await rename(temporary, path)
}
