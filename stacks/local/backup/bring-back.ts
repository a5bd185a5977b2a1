import { cp, mkdir, readdir } from 'node:fs/promises'
import { join, parse } from 'node:path'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { ROOT } from '../checkout.ts'
import { readCredential, writeSealingKey } from '../credentials/ensure-credentials.ts'
import { credentialPaths } from '../credentials/paths.ts'
import { estateProblems } from '../estate.errors.ts'
import { startEstate } from '../estate.ts'
import { defaultCache, deleteHome, homePaths, openHome, writeRecord } from '../home.ts'
import { SERVER_NAMES } from '../servers/define-servers.ts'
import { readOutside } from '../servers/outside.ts'
import { adminCommand } from '../servers/programs.ts'
import { readHeader, unpackBackup, type BackupHeader } from './backup-file.ts'
import { inClear } from './clear-folder.ts'
import { restoreCluster } from './cluster-keys.ts'
import { restoreDatabases } from './product-databases.ts'
import { runProgram } from './run-program.ts'
import { readSealingKey } from './sealing-key.ts'
import { PARTS } from './take-backup.ts'

export type BringBack = {
  home: string
  file: string
  sealingKeyFile?: string
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  log?: (line: string) => void
}
export type BroughtBack = { at: string; home: string; databases: number; objects: number }

/** What rows and objects are put into; nothing that would act on them runs beside it. */
const STORES: readonly string[] = ['plane-db', 'plane-roles', 'products-db', 'products-roles', 'etcd']

/**
 * Puts a backup into an empty home and leaves it stopped; what fails leaves the home empty. Credentials are made anew, so that
 * nothing that knew the old ones can act, and epochs go on far above. Fails with `home.taken`, `backup.foreign`, `backup.newer`,
 * `backup.damaged`, `backup.key-missing`, `backup.key-wrong`, `backup.failed`, and what a start of an estate fails with.
 */
export async function bringBack(options: BringBack): Promise<BroughtBack> {
  const { file, env, signal } = options
  const paths = homePaths(options.home)
  const strangers = await readdir(paths.home).catch(() => [])
  if (strangers.length > 0)
    throw estateProblems['home.taken']({
      detail: `${paths.home} is not empty: name an empty or new folder with --home`,
    })
  const outside = readOutside(env)
  if (Object.keys(outside).length > 0) {
    const detail = `${Object.keys(outside).join(', ')} are configured to be somebody else’s: a backup is restored into an estate of its own`
    throw estateProblems['configuration.invalid']({ detail })
  }
  const key = await readSealingKey(env, options.sealingKeyFile)
  const header = await readHeader(file, key, await ownMigrations())
  return inClear(async (folder) => {
    await unpackBackup(file, key, folder)
    signal.throwIfAborted()
    const kept = await fill(options, header, key, folder).catch(async (error: unknown) => {
      await deleteHome(paths).catch(() => undefined) // as empty as it was: another attempt can be made
      if (error instanceof Problem) throw error
      throw estateProblems['backup.failed']({
        detail: error instanceof Error ? error.message : String(error),
        cause: error,
      })
    })
    return { at: header.at, home: paths.home, ...kept }
  })
}

async function fill({ home, env, signal, log }: BringBack, header: BackupHeader, key: Buffer, folder: string) {
  const { portBase, throwAway, node = 'process', network } = header.record
  const { paths, record } = await openHome({ home, portBase, throwAway, node })
  if (network !== undefined) await writeRecord(paths, { ...record, network }) // units’ Secrets name an address of it
  await writeSealingKey(credentialPaths(paths.credentials), key)
  const without = SERVER_NAMES.filter((name) => !STORES.includes(name))
  const estate = await startEstate({ home, without, env, signal, ...(log ? { log } : {}) })
  try {
    const program = { ...estate, outside: {}, env, root: ROOT, cache: defaultCache(env) }
    await runProgram(adminCommand(program, ['restore', '--file', join(folder, PARTS.plane)]), signal)
    const access = { url: await readCredential(estate.credentials.url('products-admin')), signal }
    const databases = await restoreDatabases(access, join(folder, PARTS.products))
    const objects = await restoreCluster(estate, join(folder, PARTS.cluster), signal)
    await mkdir(paths.edge, { recursive: true, mode: 0o700 })
    await cp(join(folder, PARTS.edge), paths.edge, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error // an edge without routes has no file
    })
    await runProgram(adminCommand(program, ['reset-token', '--file', estate.credentials.operatorToken]), signal)
    return { databases: databases.length, objects }
  } finally {
    await estate.stop()
  }
}

const ownMigrations = async (): Promise<string[]> =>
  (await readdir(join(ROOT, 'control-plane/database/migrations')))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => parse(name).name)
