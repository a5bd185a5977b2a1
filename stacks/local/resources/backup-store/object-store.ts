import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { writeFileDurably } from '../../../process/write-file.ts'
import { resourceProblems } from '../resource.errors.ts'
import { createObjectIndex, ifThere, type Entry, type ObjectIndex, type StoredObject } from './object-index.ts'

type PutOptions = {
  /** SHA-256 in hexadecimal of what is to arrive. */
  announced?: string | undefined
  /** Refused when the key is taken. */
  onlyNew?: boolean
}

type Parts = { folder: string; blobs: string; index: ObjectIndex }

const SEGMENT = '[A-Za-z0-9][A-Za-z0-9._=-]{0,127}'
const KEY = new RegExp(`^${SEGMENT}(/${SEGMENT})*$`)
const LONGEST_KEY = 512
const SHA256 = /^[0-9a-f]{64}$/
/** A file nobody names and nobody has written to for so long is what an interrupted write left. */
const ABANDONED_MS = 3_600_000

/** Refuses a key that is no path of plain names; `object.invalid`. */
function checkKey(key: string): void {
  if (key.length <= LONGEST_KEY && KEY.test(key)) return
  const detail = `a key has up to ${LONGEST_KEY} characters: names of letters, digits and . _ = - that start with a letter or a digit, joined by /`
  throw resourceProblems['object.invalid']({ detail })
}

const taken = (key: string) => resourceProblems['object.exists']({ detail: `${key} is kept already` })
const mismatch = (detail: string) => resourceProblems['object.mismatch']({ detail })
const told = ({ key, bytes, sha256, at }: Entry): StoredObject => ({ key, bytes, sha256, at })

/** The last change of each store: the next one waits for it. */
const last = new Map<string, Promise<unknown>>()
async function inTurn(folder: string, change: () => Promise<void>): Promise<void> {
  const before = last.get(folder) ?? Promise.resolve()
  const own = before.then(change, change)
  last.set(folder, own)
  try {
    await own
  } finally {
    if (last.get(folder) === own) last.delete(folder)
  }
}

async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Writes a stream to a file, on the disk when it resolves. */
async function writeDurably(path: string, source: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let bytes = 0
  async function* counted() {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  await writeFileDurably(path, counted())
  return { sha256: hash.digest('hex'), bytes }
}

/** Removes files that no entry names and that are old enough to be nobody's work in progress. */
async function removeAbandoned({ blobs, index }: Pick<Parts, 'blobs' | 'index'>): Promise<void> {
  const idle: string[] = []
  for (const name of await readdir(blobs)) {
    const found = await ifThere(stat(join(blobs, name)))
    if (found && found.mtimeMs < Date.now() - ABANDONED_MS) idle.push(name)
  }
  const named = new Set((await index.all()).map(({ blob }) => blob)) // after the ages: an entry made since names a young one
  for (const name of idle) if (!named.has(name)) await rm(join(blobs, name), { force: true })
}

const removeBlob = (blobs: string, name: string) => rm(join(blobs, name), { force: true })

/** Names a whole blob in the index, in place of what the key named before. */
const commit = ({ folder, blobs, index }: Parts, entry: Entry, onlyNew: boolean): Promise<void> =>
  inTurn(folder, async () => {
    const before = await index.read(entry.key)
    if (onlyNew && before) throw taken(entry.key)
    await index.write(entry)
    if (before) await removeBlob(blobs, before.blob)
  })

/** A disk or a quota that is used up. */
const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')

async function putObject(
  parts: Parts,
  key: string,
  source: AsyncIterable<Uint8Array>,
  { announced, onlyNew = false }: PutOptions,
): Promise<StoredObject> {
  const blob = randomBytes(16).toString('hex')
  try {
    const written = await writeDurably(join(parts.blobs, blob), source)
    if (announced !== undefined && written.sha256 !== announced)
      throw mismatch(`${key}: ${announced} was announced, ${written.bytes} bytes of ${written.sha256} arrived`)
    const entry: Entry = { key, ...written, at: new Date().toISOString(), blob }
    await commit(parts, entry, onlyNew)
    return told(entry)
  } catch (error) {
    await removeBlob(parts.blobs, blob)
    if (isFull(error)) throw resourceProblems['object.no-room']({ detail: `${key} was not kept`, cause: error })
    throw error
  }
}

type Opened = { object: StoredObject; content: Readable }
async function openObject(parts: Parts, key: string, tries = 4): Promise<Opened> {
  const entry = await parts.index.read(key)
  if (!entry) throw resourceProblems['object.unknown']({ detail: `no object ${key}` })
  const handle = await ifThere(open(join(parts.blobs, entry.blob), 'r'))
  if (!handle && tries > 1) return openObject(parts, key, tries - 1) // replaced or deleted since its entry was read
  if (handle && (await digestOf(handle)) === entry.sha256)
    return { object: told(entry), content: handle.createReadStream({ start: 0 }) }
  await handle?.close()
  throw resourceProblems['object.damaged']({ detail: `${key} is not what was stored` })
}

/**
 * Objects by key in one folder: contents in `blobs`, under random names, and an index. An object is there from the moment its entry
 * is, whole.
 */
export function createObjectStore(folder: string) {
  const blobs = join(folder, 'blobs')
  const index = createObjectIndex(join(folder, 'index'))
  const parts: Parts = { folder, blobs, index }
  return {
    /** Makes the folders, and removes what interrupted writes left an hour ago or earlier. Safe to repeat beside writes. */
    async prepare(): Promise<void> {
      await mkdir(blobs, { recursive: true, mode: 0o700 })
      await index.prepare()
      await removeAbandoned(parts)
    },
    /**
     * Keeps an object whole or not at all, replacing one of that key. Throws `object.mismatch` when its SHA-256 is not the
     * announced one, `object.exists` when `onlyNew` and the key is taken, `object.invalid` for a key that cannot be.
     */
    async put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredObject> {
      checkKey(key)
      const { announced, onlyNew } = options
      if (announced !== undefined && !SHA256.test(announced)) throw mismatch('what is announced is no SHA-256')
      if (onlyNew && (await index.read(key))) throw taken(key) // before it is sent; asked again at the end
      return putObject(parts, key, source, options)
    },
    /** An object's content, read through and compared with its checksum before the first byte is given. Throws `object.unknown`, `object.damaged`. */
    async get(key: string): Promise<Opened> {
      checkKey(key)
      return openObject(parts, key)
    },
    /** Objects in the order of their keys, of those behind `after`. */
    async list({ prefix = '', after = '', limit = 1000 } = {}): Promise<StoredObject[]> {
      const wanted = (await index.all()).filter(({ key }) => key.startsWith(prefix) && key > after)
      return wanted
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
        .slice(0, limit)
        .map(told)
    },
    /** Deletes an object; one that is not there is deleted already. */
    async remove(key: string): Promise<void> {
      checkKey(key)
      await inTurn(folder, async () => {
        const entry = await index.read(key)
        if (!entry) return
        await index.remove(key)
        await removeBlob(blobs, entry.blob)
      })
    },
  }
}
