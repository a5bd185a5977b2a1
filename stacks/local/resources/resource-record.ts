import { chmod, mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isRoot } from '../../process/account.ts'
import { writeFileAtomic } from '../../process/write-file.ts'

/** What the estate remembers of a resource from the moment it is asked for until it is gone. */
export type ResourceRecord = {
  layout: 1
  kind: string
  name: string
  /** As its kind's `parse` made them. */
  inputs: unknown
  ports: Readonly<Record<string, number>>
  /** Whose it is, by the name that its maker gave when it was made; absent when none was given. */
  owner?: string
  /** It is to go: half a deletion is gone on with. */
  deleting: boolean
  createdAt: string
}

const RECORD = 'resource.json'
/** What a crash leaves of a record that was being written. */
const HALF_WRITTEN = /^resource\.json\.[0-9a-f]{8}\.new$/

/** Where a resource keeps everything it has. */
export const resourceFolder = (root: string, { kind, name }: Pick<ResourceRecord, 'kind' | 'name'>): string =>
  join(root, kind, name)

/** Root's folders can be passed through, so that PostgreSQL and pods reach what is theirs below. */
async function openFolder(path: string): Promise<void> {
  const mode = isRoot() ? 0o711 : 0o700
  await mkdir(path, { recursive: true })
  await chmod(path, mode)
}

/** Writes the record whole, in its folder, which is made. */
export async function writeResource(root: string, record: ResourceRecord): Promise<void> {
  const folder = resourceFolder(root, record)
  for (const path of [root, join(root, record.kind), folder]) await openFolder(path)
  await writeFileAtomic(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`)
}

const foldersIn = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

/** All records; `unreadable` are folders whose record cannot be read, which are left as they are. */
export async function readResources(root: string): Promise<{ records: ResourceRecord[]; unreadable: string[] }> {
  const records: ResourceRecord[] = []
  const unreadable: string[] = []
  for (const kind of await foldersIn(root)) {
    for (const name of await foldersIn(join(root, kind))) {
      const folder = join(root, kind, name)
      const text = await readFile(join(folder, RECORD), 'utf8').catch(() => undefined)
      if (text === undefined) {
        if (!(await removeEmpty(folder))) unreadable.push(folder)
        continue
      }
      try {
        records.push(JSON.parse(text) as ResourceRecord) // written whole by `writeResource`
      } catch {
        unreadable.push(folder)
      }
    }
  }
  return { records, unreadable }
}

/** Removes a folder in which nothing was made yet, or nothing is left; false when there is something in it. */
async function removeEmpty(folder: string): Promise<boolean> {
  const names = await readdir(folder)
  if (names.some((name) => !HALF_WRITTEN.test(name))) return false
  for (const name of names) await rm(join(folder, name), { force: true })
  await rmdir(folder)
  return true
}

/** Deletes everything a resource kept. Its record goes last: a deletion that was cut off is known to be one. */
export async function removeResource(root: string, record: ResourceRecord): Promise<void> {
  const folder = resourceFolder(root, record)
  for (const name of await readdir(folder).catch(() => [])) {
    if (name !== RECORD) await rm(join(folder, name), { recursive: true, force: true })
  }
  await rm(folder, { recursive: true, force: true })
}
