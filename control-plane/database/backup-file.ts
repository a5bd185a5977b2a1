import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'

/** The first line of a backup; the dump follows, byte for byte. */
const Header = Type.Object(
  {
    format: Type.Enum(['steward-backup/1']),
    at: Type.String(),
    /** Migrations of the schema that was dumped. */
    migrations: Type.Array(Type.String()),
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type BackupHeader = Static<typeof Header>

const LONGEST_HEADER = 64 * 1024

export async function digestOf(file: string, start = 0): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file, { start })) {
    hash.update(chunk as Buffer) // streams of files without an encoding give buffers
    bytes += (chunk as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** Writes header and dump under the name at once, readable by this account only. Refuses a name that is taken. */
export async function writeBackup(file: string, header: BackupHeader, dump: string): Promise<void> {
  if (await stat(file).catch(() => undefined)) throw new Error(`${file} exists: a backup never overwrites one`)
  const draft = `${file}.part`
  try {
    const handle = await open(draft, 'wx', 0o600)
    await handle.writeFile(`${JSON.stringify(header)}\n`)
    await handle.close()
    await pipeline(createReadStream(dump), createWriteStream(draft, { flags: 'a' }))
    const whole = await open(draft, 'r')
    await whole.sync()
    await whole.close()
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Reads and verifies a backup, whole. Throws a sentence that says what is wrong with it; nothing else was touched by then. */
export async function readBackup(file: string): Promise<{ header: BackupHeader; dumpStart: number }> {
  const handle = await open(file, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_HEADER), 0, LONGEST_HEADER, 0)
  await handle.close()
  const end = buffer.subarray(0, bytesRead).indexOf('\n')
  const header = end < 0 ? undefined : parsed(buffer.subarray(0, end).toString())
  if (header === undefined) throw new Error(`${file} is no backup of Steward`)
  const dumpStart = end + 1
  const found = await digestOf(file, dumpStart)
  if (found.bytes !== header.bytes)
    throw new Error(`${file} is cut off or has grown: ${found.bytes} of ${header.bytes} bytes`)
  if (found.sha256 !== header.sha256)
    throw new Error(`${file} was changed: its checksum is not the one it was written with`)
  return { header, dumpStart }
}

function parsed(line: string): BackupHeader | undefined {
  try {
    const header: unknown = JSON.parse(line)
    return Value.Check(Header, header) ? header : undefined
  } catch {
    return undefined
  }
}
