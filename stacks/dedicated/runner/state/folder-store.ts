import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { acquireLock } from '../../../process/lock.ts'
import { writeFileAtomic } from '../../../process/write-file.ts'
import { runnerProblems } from '../runner.errors.ts'
import { engineLocksOf, placeOf, type StateStore, type Versioned } from './state-store.ts'

/** What may be another time; what a right would cure is not among them. */
const UNREACHABLE = new Set([
  'EIO',
  'ESTALE',
  'ENODEV',
  'ENOTDIR',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'ETIMEDOUT',
  'EHOSTDOWN',
])
const REFUSED = new Set(['EACCES', 'EPERM'])

/** The stores of a folder, which is made where it is not there. Its machine is the only one that may work on its stacks. */
export function folderStore(folder: string, stack: string): StateStore {
  const pathOf = (part: Parameters<StateStore['address']>[0]) => join(folder, placeOf(part, stack))
  const read = (path: string) => told(path, () => readIfThere(path))
  const write = (path: string, text: string) =>
    told(path, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await writeFileAtomic(path, text)
    })
  return {
    stack,
    name: pathOf('state'),
    backend: `file://${folder}`,
    shared: false,
    address: pathOf,
    read: (part) => read(pathOf(part)),
    write: (part, text) => write(pathOf(part), text),
    async swap(part, text, seen) {
      const path = pathOf(part)
      const lock = await acquireLock(path, 'writing what others may write')
      try {
        const found = await read(path)
        if (found?.text === text) return found.version
        if (found?.version !== seen) return undefined
        await write(path, text)
        return versionOf(text)
      } finally {
        await lock.release()
      }
    },
    remove: (part) => told(pathOf(part), () => rm(pathOf(part), { force: true })),
    async hasEngineLocks() {
      const locks = join(folder, engineLocksOf(stack))
      const names = await told(locks, () => ifThere(() => readdir(locks)))
      return names !== undefined && names.length > 0
    },
    close: () => undefined,
  }
}

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex')

const readIfThere = (path: string): Promise<Versioned | undefined> =>
  ifThere(async () => {
    const text = await readFile(path, 'utf8')
    return { text, version: versionOf(text) }
  })

/** Undefined where no such file or folder is. */
export async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** What the system says of a path, as ours. */
export async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    const detail = `${path}: ${code}`
    if (REFUSED.has(code)) throw runnerProblems['state.refused']({ detail, cause })
    if (UNREACHABLE.has(code)) throw runnerProblems['state.unreachable']({ detail, cause })
    throw cause
  }
}
