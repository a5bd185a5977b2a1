import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openStackBackup } from '../../stacks/local/backup/open-stack-backup.ts'
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

/** What `pg_restore` lists of a backup, opened by somebody who has the store and the key of the stack and nothing of the plane. */
export async function tablesInBackup(
  { home }: Pick<TestEstate['estate'], 'home'>,
  { store, object }: SeenBackup,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-backup-'))
  try {
    const file = join(folder, 'dump')
    await openStackBackup({ home, store, object, file, signal: AbortSignal.timeout(60_000) })
    const { folder: bin } = await findPostgres(process.env, '')
    return (await promisify(execFile)(join(bin, 'pg_restore'), ['--list', file])).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}
