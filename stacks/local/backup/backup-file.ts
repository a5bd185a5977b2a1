import { createHash, createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import { estateProblems } from '../estate.errors.ts'
import { LAYOUT, type EstateRecord } from '../home.ts'

/** The first line of a backup, in plain text; what follows is a tar, sealed together with this line (AES-256-GCM). */
export type BackupHeader = {
  format: string
  at: string
  /** Which sealing key opens it. */
  keyId: string
  nonce: string
  record: Pick<EstateRecord, 'layout' | 'portBase' | 'throwAway' | 'node' | 'network'>
  /** Migrations of the plane's schema. */
  migrations: readonly string[]
}
/** A part of a backup: its name inside, and the file it is read from or written to. */
export type Part = { name: string; file: string }

const FORMAT = 'steward-estate-backup/1'
const TAG = 16
/** What one nonce of AES-GCM may seal. */
const LONGEST = 2 ** 36 - 32
const LONGEST_HEADER = 64 * 1024
const PART_NAME = /^[a-z0-9][a-z0-9_.-]*(\/[a-z0-9][a-z0-9_.-]*)?$/i

/** Whether a restore would take a part of this name. */
export const isPartName = (name: string): boolean => PART_NAME.test(name)

const derived = (key: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `steward-estate-backup ${purpose}`, 32))
const keyIdOf = (key: Buffer): string => createHash('sha256').update(derived(key, 'id')).digest('hex').slice(0, 16)

/**
 * Writes parts to a file that only the sealing key opens; it appears under its name at once, mode 0600. Fails with `backup.exists`
 * when the name is taken, with `backup.incomplete` where a part is called what no restore would take.
 */
export async function writeBackup(
  file: string,
  key: Buffer,
  about: Pick<BackupHeader, 'at' | 'record' | 'migrations'>,
  parts: readonly Part[],
): Promise<{ bytes: number }> {
  if (await stat(file).catch(() => undefined))
    throw estateProblems['backup.exists']({ detail: `${file} exists: a backup never overwrites one` })
  const odd = parts.filter(({ name }) => !isPartName(name)).map(({ name }) => JSON.stringify(name))
  if (odd.length > 0)
    throw estateProblems['backup.incomplete']({ detail: `no part of a backup can be called ${odd.join(', ')}` })
  const nonce = randomBytes(12)
  const header: BackupHeader = { format: FORMAT, keyId: keyIdOf(key), nonce: nonce.toString('base64url'), ...about }
  const line = Buffer.from(`${JSON.stringify(header)}\n`)
  const cipher = createCipheriv('aes-256-gcm', derived(key, 'body'), nonce, { authTagLength: TAG }).setAAD(line)
  const draft = `${file}.part`
  try {
    const handle = await open(draft, 'wx', 0o600)
    await handle.writeFile(line)
    await handle.close()
    await pipeline(packed(parts), cipher, createWriteStream(draft, { flags: 'a' }))
    const whole = await open(draft, 'a')
    await whole.writeFile(cipher.getAuthTag())
    await whole.sync()
    const { size: bytes } = await whole.stat()
    await whole.close()
    if (bytes > LONGEST) throw new Error(`the backup has ${bytes} bytes, more than ${LONGEST} cannot be sealed`)
    await rename(draft, file)
    return { bytes }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

function packed(parts: readonly Part[]): AsyncIterable<Uint8Array> {
  const tar = pack()
  const write = async () => {
    for (const { name, file } of parts) {
      const { size } = await stat(file)
      await pipeline(createReadStream(file), tar.entry({ name, size, mode: 0o600 }))
    }
    tar.finalize()
  }
  write().catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  return tar as AsyncIterable<Uint8Array> // its types leave the chunks open; a pack yields buffers
}

/**
 * Reads what a backup says about itself, and refuses what cannot be restored here: `backup.foreign`, `backup.newer`,
 * `backup.key-wrong`.
 */
export async function readHeader(file: string, key: Buffer, ownMigrations: readonly string[]): Promise<BackupHeader> {
  const { header } = await headerOf(file)
  const newer = (detail: string) => estateProblems['backup.newer']({ detail: `${file} ${detail}: use that version` })
  if (header.format !== FORMAT) throw newer(`has the format ${header.format}, this version knows ${FORMAT}`)
  if (header.record.layout > LAYOUT)
    throw newer(`holds an estate of layout ${header.record.layout}, this version knows ${LAYOUT}`)
  const foreign = header.migrations.filter((name) => !ownMigrations.includes(name))
  if (foreign.length > 0) throw newer(`was made by a version with migrations ${foreign.join(', ')}`)
  if (header.keyId !== keyIdOf(key)) {
    const detail = `${file} was sealed with the sealing key ${header.keyId}, the one given is ${keyIdOf(key)}: give the key of the estate that was backed up`
    throw estateProblems['backup.key-wrong']({ detail })
  }
  return header
}

async function headerOf(file: string): Promise<{ header: BackupHeader; line: Buffer }> {
  const foreign = (why: string) => estateProblems['backup.foreign']({ detail: `${file} ${why}` })
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    throw foreign(`cannot be read (${error.code})`)
  })
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_HEADER), 0, LONGEST_HEADER, 0)
  await handle.close()
  const line = buffer.subarray(0, buffer.subarray(0, bytesRead).indexOf('\n') + 1)
  try {
    const header = JSON.parse(line.toString()) as BackupHeader // ours when it names the format; the seal vouches for the rest
    if (header.format.startsWith('steward-estate-backup/')) return { header, line }
  } catch {
    // said below
  }
  throw foreign('is no backup of an estate')
}

/** Unseals a backup into an empty folder. Throws `backup.damaged` when a byte of it is not what was written; the folder is then of no use. */
export async function unpackBackup(file: string, key: Buffer, folder: string): Promise<void> {
  const { header, line } = await headerOf(file)
  const { size } = await stat(file)
  const damaged = (cause?: unknown) =>
    estateProblems['backup.damaged']({
      detail: `${file} is cut off or was changed: nothing of it is used; take another backup`,
      cause,
    })
  if (size < line.length + TAG) throw damaged()
  const handle = await open(file, 'r')
  const { buffer: tag } = await handle.read(Buffer.alloc(TAG), 0, TAG, size - TAG)
  await handle.close()
  const nonce = Buffer.from(header.nonce, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', derived(key, 'body'), nonce, { authTagLength: TAG })
  decipher.setAAD(line).setAuthTag(tag)
  const body = createReadStream(file, { start: line.length, end: Math.max(line.length, size - TAG - 1) })
  const parts = extract()
  const written = (async () => {
    for await (const entry of parts) {
      const { name } = entry.header
      if (!isPartName(name)) throw new Error(`a part of it is called ${JSON.stringify(name)}`)
      await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
      await pipeline(entry, createWriteStream(join(folder, name), { mode: 0o600 }))
    }
  })()
  await Promise.all([pipeline(body, decipher, parts), written]).catch((cause: unknown) => {
    throw damaged(cause)
  })
}
