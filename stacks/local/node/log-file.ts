import { close as closeFd, open as openFd } from 'node:fs'
import { mkdir, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PodId } from './pod-types.ts'

/** A log may grow to this many bytes; then its last part moves to `<file>.1` and it starts over. */
const LOG_BYTES = 8 * 2 ** 20
const KEPT_BYTES = 2 ** 20
/** Folders of logs of pods that are gone, kept for whoever looks for the cause. */
const KEPT_FOLDERS = 50
/** What the API server accepts as a termination message; the kubelet cuts there, too. */
const MESSAGE_BYTES = 2_048
const MESSAGE_LINES = 80

export const logFolder = (home: string, { namespace, name, uid }: PodId): string =>
  join(home, 'logs', `${namespace}_${name}_${uid}`)

/** Opens a container's log for its process to write to directly; the daemon's death does not break the pipe of a pod. */
export async function openLog(folder: string, container: string): Promise<{ file: string; fd: number; from: number }> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${container}.log`)
  const fd = await promisify(openFd)(file, 'a', 0o600)
  return { file, fd, from: (await stat(file)).size }
}
export const closeLog = (fd: number): Promise<void> => promisify(closeFd)(fd)

/** The end of a log written since `from`, as a termination message. */
export async function tailOf(file: string, from: number): Promise<string> {
  const size = (await stat(file).catch(() => null))?.size ?? 0
  const begin = size < from ? 0 : from // cut meanwhile: all of it is newer
  const text = await readFrom(file, Math.max(begin, size - MESSAGE_BYTES), size)
  return text.split('\n').slice(-MESSAGE_LINES).join('\n').trim()
}

/** Cuts every log that has grown past its bound. Appending processes go on at the new end. */
export async function boundLogs(home: string): Promise<void> {
  const root = join(home, 'logs')
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !entry.name.endsWith('.log')) continue
    const { size } = await stat(file).catch(() => ({ size: 0 }))
    if (size <= LOG_BYTES) continue
    await writeFile(`${file}.1`, await readFrom(file, size - KEPT_BYTES, size), { mode: 0o600 })
    await truncate(file, 0)
  }
}

/** Deletes the oldest log folders of pods that are gone, so that the number of those kept stays bounded. */
export async function dropOldLogs(home: string, isLive: (uid: string) => boolean): Promise<void> {
  const root = join(home, 'logs')
  const gone = (await readdir(root).catch(() => [])).filter((name) => !isLive(name.slice(name.lastIndexOf('_') + 1)))
  const aged = await Promise.all(
    gone.map(async (name) => ({ name, at: (await stat(join(root, name)).catch(() => null))?.mtimeMs ?? 0 })),
  )
  const surplus = aged.toSorted((a, b) => b.at - a.at).slice(KEPT_FOLDERS)
  for (const { name } of surplus) await rm(join(root, name), { recursive: true, force: true })
}

async function readFrom(file: string, from: number, to: number): Promise<string> {
  if (to <= from) return ''
  const handle = await open(file, 'r').catch(() => null)
  if (!handle) return ''
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(to - from), 0, to - from, from)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await handle.close()
  }
}
