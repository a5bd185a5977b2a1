import { createHash, randomBytes } from 'node:crypto'
import { access, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { defineProblems } from '../domain/problem.ts'

export const storeProblems = defineProblems({
  'export.store-unreachable': {
    status: 503,
    retryable: true,
    title: 'The store for exports of the region does not answer; is its folder there, and writable, or its bucket?',
  },
  'export.store-full': {
    status: 507,
    retryable: false,
    title: 'The store for exports of the region has no room left; make some, then retry the operation',
  },
  'export.store-unfit': {
    status: 409,
    retryable: false,
    title: 'The bucket for exports of the region is no place for them',
  },
  'export.store-refuses': {
    status: 502,
    retryable: false,
    title: 'The bucket for exports of the region refuses what it is asked for; does the credential have the rights?',
  },
  'export.missing': { status: 410, retryable: false, title: 'The export is not in its store' },
})

/** Where sealed exports are kept: under keys of the plane's own making (`<tenant>/<operation>`). */
export interface ExportStore {
  /** All of it, on the disk, or nothing; what was there under the key before is written over. */
  put: (
    key: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ) => Promise<{ bytes: number; sha256: string }>
  get: (key: string) => Promise<Readable>
  /** Removing what is gone is no error. */
  remove: (key: string) => Promise<void>
  /** Keys of all that is there, also of what was only begun. */
  list: () => Promise<string[]>
  /** Throws unless something could be written now. */
  assertThere: () => Promise<void>
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const UNREACHABLE = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EIO', 'ESTALE', 'ENODEV'])

/** `<key>.sealed`, or a draft of it. */
const KEY = /^(.+)\.sealed(?:\.[0-9a-f]+\.part)?$/

/** A folder that is there already (a mount that is not must not be filled behind its back). Throws `export.*`. */
export function exportFolder(folder: string): ExportStore {
  const fileOf = (key: string) => path.join(folder, `${key}.sealed`)
  return {
    put: (key, content, signal) => told(() => write(folder, fileOf(key), content, signal)),
    async get(key) {
      await told(() => access(folder))
      const handle = await open(fileOf(key)).catch((cause: unknown) => {
        throw storeProblems['export.missing']({ detail: `${key} is not there`, cause })
      })
      return handle.createReadStream()
    },
    remove: (key) =>
      told(async () => {
        await rm(fileOf(key), { force: true })
        await rmdir(path.dirname(fileOf(key))).catch(() => {}) // others of its owner are in it, or it never was
      }),
    list: () =>
      told(async () => {
        const files = await readdir(folder, { recursive: true, withFileTypes: true })
        const paths = files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name))
        const keys = paths.flatMap((file) => KEY.exec(path.relative(folder, file))?.[1] ?? [])
        return [...new Set(keys)].toSorted()
      }),
    assertThere: () =>
      told(async () => {
        const probe = path.join(folder, `.${randomBytes(6).toString('hex')}.probe`)
        await (await open(probe, 'wx', 0o600)).close()
        await rm(probe, { force: true })
      }),
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    if (FULL.has(code)) throw storeProblems['export.store-full']({ detail: code, cause })
    if (UNREACHABLE.has(code)) throw storeProblems['export.store-unreachable']({ detail: code, cause })
    throw cause
  }
}

async function write(folder: string, file: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  await access(folder)
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
  await dropDrafts(file)
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`
  const hash = createHash('sha256')
  let bytes = 0
  async function* counted() {
    for await (const piece of content) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  try {
    const handle = await open(draft, 'wx', 0o600) // a stream that opens it itself may do so after the source broke, behind our removal
    await pipeline(counted(), handle.createWriteStream({ flush: true }), { signal })
    await rename(draft, file)
    for (const at of [path.dirname(file), folder]) await sync(at)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** What an attempt before this one left when its process was killed. */
async function dropDrafts(file: string): Promise<void> {
  const [folder, name] = [path.dirname(file), `${path.basename(file)}.`]
  const drafts = (await readdir(folder)).filter((one) => one.startsWith(name) && one.endsWith('.part'))
  for (const draft of drafts) await rm(path.join(folder, draft), { force: true })
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
