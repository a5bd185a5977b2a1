import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileDurably } from '../../../process/write-file.ts'
import { resourceProblems } from '../resource.errors.ts'

export const KEY_BYTES = 32
/** What a key resource remembers beside its keys: who it is, and which generations it has, and which were ended for good. */
export type KeyRecord = { id: string; generations: readonly number[]; ended?: readonly number[] }

const recordFile = (folder: string): string => join(folder, 'key.json')
const keyFile = (folder: string, generation: number): string => join(folder, `${generation}.key`)

/** Reads what the folder says about the key; undefined before it was made. */
async function readRecord(folder: string): Promise<KeyRecord | undefined> {
  try {
    // written by `ensureGeneration` alone
    return JSON.parse(await readFile(recordFile(folder), 'utf8')) as KeyRecord
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function tryReadKey(folder: string, generation: number): Promise<Buffer | undefined> {
  const text = await readFile(keyFile(folder, generation), 'utf8').catch(() => '')
  const key = Buffer.from(text.trim(), 'base64url')
  return key.length === KEY_BYTES ? key : undefined
}

const missing = (generation: number) =>
  resourceProblems['key.missing']({
    detail: `generation ${generation} was made once and is not here any more: bring back its file, another key would open nothing`,
  })

/** One generation's 256 bits. Throws `key.missing` when its file is gone or is no key: it is never made a second time. */
export async function readKey(folder: string, generation: number): Promise<Buffer> {
  const key = await tryReadKey(folder, generation)
  if (!key) throw missing(generation)
  return key
}

/**
 * Makes a generation that never was; safe to repeat and to interrupt. The key is on the disk before the record names it, so a
 * named one that is not there was lost, and is not replaced: `key.missing`.
 */
export async function ensureGeneration(folder: string, generation: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const record = (await readRecord(folder)) ?? { id: randomBytes(16).toString('hex'), generations: [] }
  if (record.ended?.includes(generation)) throw ended(generation)
  if (record.generations.includes(generation)) return void (await readKey(folder, generation))
  if (!(await tryReadKey(folder, generation)))
    await writeFileDurably(keyFile(folder, generation), `${randomBytes(KEY_BYTES).toString('base64url')}\n`)
  const generations = [...record.generations, generation].toSorted((a, b) => a - b)
  await writeFileDurably(recordFile(folder), `${JSON.stringify({ ...record, generations }, null, 2)}\n`)
}

const ended = (generation: number) =>
  resourceProblems['key.ended']({ detail: `generation ${generation} was destroyed, and what it wrapped with it` })

/**
 * Destroys one generation for good; safe to repeat and to interrupt: the record says so before the file goes. Throws `key.in-use` for
 * the newest, by which new things are sealed.
 */
export async function endGeneration(folder: string, generation: number, newest: number): Promise<void> {
  if (generation >= newest)
    throw resourceProblems['key.in-use']({ detail: `generation ${newest} seals what is new: rotate the key first` })
  const { ended: before = [], ...record } = await openKey(folder)
  const generations = record.generations.filter((one) => one !== generation)
  const all = [...new Set([...before, generation])].toSorted((a, b) => a - b)
  await writeFileDurably(recordFile(folder), `${JSON.stringify({ ...record, generations, ended: all }, null, 2)}\n`)
  await rm(keyFile(folder, generation), { force: true })
}

/** What there is of a key. Throws `key.missing` before it was made. */
export async function openKey(folder: string): Promise<KeyRecord> {
  const record = await readRecord(folder)
  if (!record) throw resourceProblems['key.missing']({ detail: 'the key was not made yet' })
  return record
}

/** Generations the record names and the folder lacks. */
export async function missingGenerations(folder: string, { generations }: KeyRecord): Promise<number[]> {
  const names = new Set(await readdir(folder))
  return generations.filter((generation) => !names.has(`${generation}.key`))
}
