import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { open, readLabel } from '../../stacks/dedicated/seal/seal.ts'
import { findPostgres } from '../../stacks/local/servers/postgres-binaries.ts'
import type { TestEstate } from './estate.ts'

/** A backup as the API shows it. */
export type SeenBackup = {
  id: string
  store: string
  object: string
  state: string
  keyGeneration: number
  tables: number
  removedBecause: string | null
}

/**
 * What `pg_restore` lists of a backup, opened by somebody who has the store and the key of the stack and nothing of the plane; the code
 * of the refusal where the key does not open it.
 */
export async function tablesInBackup(
  { credentials, ports }: TestEstate['estate'],
  { store, object }: SeenBackup,
): Promise<string> {
  const token = (await readFile(credentials.token('resources'), 'utf8')).trim()
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${ports.daemon}/resources/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })
  const file = await ask(`backup-store/${store}/objects/${object}`)
  if (!file.ok) throw new Error(`${object}: ${file.status} ${await file.text()}`)
  const bytes = Buffer.from(await file.arrayBuffer())
  async function* whole() {
    yield bytes
  }
  const { key, wrapped, context } = JSON.parse(await readLabel(whole())) as Record<string, unknown>
  const answer = await ask(`key/${String(key)}/unwrap`, { method: 'POST', body: JSON.stringify({ wrapped, context }) })
  const { plaintext, code } = (await answer.json()) as { plaintext?: string; code?: string } // its own contract
  if (plaintext === undefined) return String(code)
  return listOf(open(whole(), Buffer.from(plaintext, 'base64url')))
}

async function listOf(dump: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of dump) pieces.push(piece)
  const folder = await mkdtemp(join(tmpdir(), 'steward-backup-'))
  try {
    await writeFile(join(folder, 'dump'), Buffer.concat(pieces), { mode: 0o600 })
    const { folder: bin } = await findPostgres(process.env, '')
    return (await promisify(execFile)(join(bin, 'pg_restore'), ['--list', join(folder, 'dump')])).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
