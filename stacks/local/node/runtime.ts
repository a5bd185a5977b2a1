import { chmod, copyFile, link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The Node binary for pods, `<home>/runtime/node`: the project folder may be closed to their account, and may be replaced while
 * they run. A hard link where possible, so that its 120 MB are on disk and in memory once; else a copy.
 */
export async function installRuntime(
  home: string,
  binary = process.execPath,
): Promise<{ folder: string; node: string }> {
  const folder = join(home, 'runtime')
  const node = join(folder, 'node')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o755)
  const [ours, theirs] = await Promise.all([stat(node).catch(() => null), stat(binary)])
  const same = ours !== null && ours.size === theirs.size && (ours.ino === theirs.ino || ours.mtimeMs >= theirs.mtimeMs)
  if (same) return { folder, node }
  const next = `${node}.next`
  await rm(next, { force: true })
  // A link shares the mode: only one that everybody may run already can be shared.
  const linked =
    (theirs.mode & 0o005) === 0o005 &&
    (await link(binary, next).then(
      () => true,
      () => false,
    ))
  if (!linked) {
    await copyFile(binary, next)
    await chmod(next, 0o755)
  }
  await rename(next, node)
  return { folder, node }
}
