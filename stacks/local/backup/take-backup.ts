import { cp, mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../checkout.ts'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { estateProblems } from '../estate.errors.ts'
import { describeEstate } from '../estate.ts'
import { defaultCache, readRecord } from '../home.ts'
import { readResources } from '../resources/resource-record.ts'
import { readOutside } from '../servers/outside.ts'
import { adminCommand } from '../servers/programs.ts'
import { writeBackup, type Part } from './backup-file.ts'
import { inClear } from './clear-folder.ts'
import { dumpCluster } from './cluster-keys.ts'
import { dumpDatabases } from './product-databases.ts'
import { runProgram } from './run-program.ts'
import { readSealingKey } from './sealing-key.ts'
import { withoutWorker } from './without-worker.ts'

type Env = NodeJS.ProcessEnv
export type TakeBackup = { home: string; file: string; env: Env; signal: AbortSignal }
export type Taken = { bytes: number; databases: number; objects: number; pausedMs: number }

/** Names of the parts; the restore looks for just these. */
export const PARTS = { plane: 'plane.backup', cluster: 'cluster.ndjson', products: 'products', edge: 'edge' } as const

/**
 * Keeps a running estate in one file that only its sealing key opens: the plane's database, the product databases with their
 * logins, the cluster's objects and the edge's routes. The worker stops for the while, so that all of it is one state; API and
 * tenants go on. Fails with `home.not-running`, `backup.exists`, `backup.incomplete` where a database cannot be read or
 * there are resources (clusters of stacks), which a backup does not keep, and
 * `configuration.invalid` where parts are somebody else's.
 */
export async function takeBackup({ home, file, env, signal }: TakeBackup): Promise<Taken> {
  const outside = readOutside(env)
  if (outside.database ?? outside.cluster) {
    const detail = 'its database or its cluster is configured to be somebody else’s: back that up where it runs'
    throw estateProblems['configuration.invalid']({ detail })
  }
  const estate = await describeEstate(home)
  const record = await readRecord(estate.paths)
  if (!record) throw estateProblems['home.not-running']({ detail: `${home} holds no estate` })
  if (await stat(file).catch(() => undefined))
    // said before the worker is stopped for nothing
    throw estateProblems['backup.exists']({ detail: `${file} exists: a backup never overwrites one` })
  await refuseResources(estate.paths.resources)
  const key = await readSealingKey(env, estate.credentials.sealingKey)
  return inClear(async (folder) => {
    const program = { ...estate, outside, env, root: ROOT, cache: defaultCache(env) }
    const began = performance.now()
    const kept = await withoutWorker(home, signal, async (undisturbed) => {
      await runProgram(adminCommand(program, ['backup', '--file', join(folder, PARTS.plane)]), undisturbed)
      await mkdir(join(folder, PARTS.products))
      const access = {
        url: await readCredential(estate.credentials.url('products-admin')),
        signal: undisturbed,
      }
      const databases = await dumpDatabases(access, join(folder, PARTS.products))
      const objects = await dumpCluster(estate, join(folder, PARTS.cluster), undisturbed)
      await cp(estate.paths.edge, join(folder, PARTS.edge), { recursive: true })
      return { databases: databases.length, objects }
    })
    const pausedMs = Math.round(performance.now() - began)
    signal.throwIfAborted()
    const { layout, portBase, throwAway, node, network } = record
    const remembered = { layout, portBase, throwAway, ...(node ? { node } : {}), ...(network ? { network } : {}) }
    const about = { at: new Date().toISOString(), record: remembered, migrations: await migrationsIn(folder) }
    const { bytes } = await writeBackup(file, key, about, await partsOf(folder))
    return { bytes, pausedMs, ...kept }
  })
}

/** A file that silently lacked a stack would be taken for all that there was. */
async function refuseResources(root: string): Promise<void> {
  const { records, unreadable } = await readResources(root)
  const named = [...records.map(({ kind, name }) => `${kind} ${name}`), ...unreadable]
  if (named.length === 0) return
  throw estateProblems['backup.incomplete']({
    detail: `a backup does not keep resources yet, and there are ${named.join(', ')}`,
  })
}

/** The plane's backup says in its own first line which schema it holds. */
async function migrationsIn(folder: string): Promise<string[]> {
  const handle = await open(join(folder, PARTS.plane), 'r')
  try {
    for await (const line of handle.readLines()) return (JSON.parse(line) as { migrations: string[] }).migrations
    return []
  } finally {
    await handle.close().catch(() => undefined)
  }
}

async function partsOf(folder: string): Promise<Part[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.toSorted().map((file) => ({ name: file.slice(folder.length + 1), file }))
}
