import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { pack, type Pack } from 'tar-stream'

/** A file of a layer: a file of this machine, or a text. `path` is absolute inside the image. */
export type LayerFile = { path: string; mode: number } & ({ from: string } | { text: string })
/** Folders that are not simply the parents of files. */
export type LayerFolder = { path: string; mode: number }

/** The same input is the same layer on every machine: no times, no owners but root, names in order. */
const PLAIN = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }
const inTar = (path: string): string => path.replace(/^\//, '')

/** Every folder above the files, unless it is named itself. */
function parents(paths: readonly string[]): string[] {
  const found = new Set<string>()
  for (const path of paths) for (let at = dirname(path); at !== '/'; at = dirname(at)) found.add(at)
  return [...found]
}

async function addFile(tar: Pack, file: LayerFile): Promise<void> {
  const header = { ...PLAIN, name: inTar(file.path), mode: file.mode, type: 'file' as const }
  if ('text' in file) {
    tar.entry(header, file.text)
    return
  }
  const { size } = await stat(file.from)
  await pipeline(createReadStream(file.from), tar.entry({ ...header, size }))
}

/** An uncompressed tar of the files: compressing would cost processor time, and loopback is fast. */
export function layerOf(files: readonly LayerFile[], folders: readonly LayerFolder[] = []): AsyncIterable<Uint8Array> {
  const tar = pack()
  const named = new Map(folders.map(({ path, mode }) => [path, mode]))
  const all = [...new Set([...named.keys(), ...parents([...files, ...folders].map(({ path }) => path))])]
  const write = async () => {
    for (const path of all.toSorted()) {
      tar.entry({ ...PLAIN, name: `${inTar(path)}/`, mode: named.get(path) ?? 0o755, type: 'directory' })
    }
    for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) await addFile(tar, file)
    tar.finalize()
  }
  write().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  return tar as AsyncIterable<Uint8Array> // its types leave the chunks open; a pack yields buffers
}

/** The files of a folder, placed below `target`. */
export async function filesOf(folder: string, target: string): Promise<LayerFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((from) => ({ path: join(target, relative(folder, from)), mode: 0o644, from }))
}
