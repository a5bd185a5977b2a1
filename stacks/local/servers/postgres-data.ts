import { chown, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from '../../process/account.ts'
import { runGroup } from '../../process/run-group.ts'
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts'

/** How PostgreSQL's programs are run for a data folder: as whose account, and whether a power cut matters. */
export type DataHands = {
  account: Account | undefined
  env: Readonly<Record<string, string>>
  throwAway: boolean
  signal?: AbortSignal
}

/** Runs one of PostgreSQL's programs to its end, as the account its data belongs to; answers what it printed. */
export const runAs = (file: string, args: readonly string[], hands: Omit<DataHands, 'throwAway'>): Promise<string> =>
  runGroup({ file, args, cwd: '/', env: hands.env, account: hands.account }, hands.signal)

/** Writes a file for that account only. */
export async function writeAs(path: string, content: string, account: Account | undefined): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
  if (account) await chown(path, account.uid, account.gid)
}

/** The programs for a data folder: of the version that wrote it, else the newest. Fails with `postgres.missing`. */
export async function programsFor(
  env: Readonly<Record<string, string | undefined>>,
  data: string,
): Promise<{ binaries: PostgresBinaries; isMade: boolean }> {
  const written = Number(await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')) || undefined
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return { binaries: await findPostgres(env, osRelease, written), isMade: written !== undefined }
}

/** Makes `data` in a folder of the account's, whole or not at all: an interrupted attempt is thrown away. */
export async function initializeData({
  folder,
  binaries,
  superuser,
  password,
  ...hands
}: DataHands & { folder: string; binaries: PostgresBinaries; superuser: string; password: string }): Promise<void> {
  const half = join(folder, 'data.new')
  const passwordFile = join(folder, 'password') // initdb reads it as the unprivileged account, which has no way into credentials/
  await rm(half, { recursive: true, force: true })
  await writeAs(passwordFile, password, hands.account)
  try {
    const args = [
      '-D',
      half,
      '-U',
      superuser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...(hands.throwAway ? ['--no-sync'] : []),
    ]
    await runAs(join(binaries.folder, 'initdb'), args, hands)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(half, join(folder, 'data'))
}

/** A lock file whose process is not a server of this folder would stop PostgreSQL once that pid belongs to someone else. */
export async function removeStaleLock(data: string): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const pid = (await readFile(lock, 'utf8').catch(() => '')).split('\n')[0]
  if (!pid) return
  const at = await readlink(`/proc/${pid}/cwd`).catch(() => '')
  if (at !== data) await rm(lock, { force: true })
}
