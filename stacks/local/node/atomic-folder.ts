import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type PodAccount, shareReadable } from './account.ts'

/** Files of a volume by relative path. */
export type VolumeFiles = Map<string, { content: Buffer; mode: number }>

const DATA = '..data'

/**
 * Replaces all files of a folder at once, as the kubelet does: files live in a fresh folder, `..data` points to it and is
 * renamed into place, names at the top point through `..data`. A reader sees all of the old files or all of the new.
 */
export async function writeAtomicFolder(folder: string, files: VolumeFiles, account: PodAccount): Promise<void> {
  await mkdir(folder, { recursive: true })
  await shareReadable(folder, account, 0o750)
  const before = await readlink(join(folder, DATA)).catch(() => null)
  const fresh = `..${process.hrtime.bigint().toString(36)}`
  await mkdir(join(folder, fresh))
  await shareReadable(join(folder, fresh), account, 0o750)
  for (const [path, { content, mode }] of files) {
    const file = join(folder, fresh, path)
    for (const parent of parents(path)) {
      await mkdir(join(folder, fresh, parent), { recursive: true })
      await shareReadable(join(folder, fresh, parent), account, 0o750)
    }
    await writeFile(file, content, { mode: 0o600 })
    await shareReadable(file, account, (mode & 0o750) | 0o440)
  }
  const pointer = join(folder, `${DATA}_next`)
  await rm(pointer, { force: true })
  await symlink(fresh, pointer)
  await rename(pointer, join(folder, DATA))

  const wanted = new Set([...files.keys()].map((path) => path.split('/', 1)[0] ?? ''))
  const present = new Set((await readdir(folder)).filter((name) => !name.startsWith('..')))
  for (const name of wanted) if (!present.has(name)) await symlink(join(DATA, name), join(folder, name))
  for (const name of present) if (!wanted.has(name)) await rm(join(folder, name), { force: true })
  if (before) await rm(join(folder, before), { recursive: true, force: true })
}

const parents = (path: string): string[] => {
  const parent = dirname(path)
  return parent === '.' ? [] : [...parents(parent), parent]
}
