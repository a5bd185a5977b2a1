import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { backupStoreProblems } from '../../stacks/dedicated/backups/backup-store.errors.ts'
import { endKeyGeneration, keyState } from '../../stacks/dedicated/backups/key-client.ts'
import { createStoreClient } from '../../stacks/dedicated/backups/store-client.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import { open, seal } from '../../stacks/dedicated/seal/seal.ts'
import type { ClientAccess } from '../../stacks/postgres/backup/client-program.ts'
import { dumpDatabase } from '../../stacks/postgres/backup/dump.ts'
import { dropRehearsal, rehearseRestore } from '../../stacks/postgres/backup/rehearse.ts'
import type { BackupSite, StackBackups } from './stack-backups.ts'
import { stackProblems } from './stacks.errors.ts'

/** Backups of stacks of the local target, by the client programs of PostgreSQL in a folder. */
export function localBackups(bin: string | undefined): StackBackups {
  const accessOf = async ({ settings }: BackupSite): Promise<ClientAccess> => {
    if (bin === undefined)
      throw stackProblems['backup.not-configured']({ detail: 'set STEWARD_POSTGRES_BIN of the worker' })
    return { bin, url: (await readFile(settings.productDatabaseUrlFile, 'utf8')).trim() }
  }
  return {
    async assertReady(site, link) {
      await accessOf(site)
      await storeOf(site).assertThere(link.signal)
    },
    async take(site, { key, dataKey, label }, link) {
      const keep = (dump: AsyncIterable<Uint8Array>) => storeOf(site).put(key, seal(dump, dataKey, label), link.signal)
      const { kept, facts } = await dumpDatabase(await accessOf(site), site.database, keep, link)
      return { ...kept, ...facts }
    },
    async rehearse(site, { key, dataKey, ...stored }, link) {
      const sealed = asStored(storeOf(site).read(key, link.signal), key, stored)
      return rehearseRestore(await accessOf(site), site.database, open(sealed, dataKey), link)
    },
    endRehearsal: async (site) => dropRehearsal(await accessOf(site), site.database),
    remove: (site, key, link) => storeOf(site).remove(key, link.signal),
    keyState: (site, { signal }) => keyState(keyAt(site), signal),
    async endGenerations(site, generations, { signal }) {
      const { newest, generations: there } = await keyState(keyAt(site), signal)
      for (const one of generations.filter((generation) => generation < newest && there.includes(generation)))
        await endKeyGeneration(keyAt(site), one, signal)
    },
  }
}

function targetOf({ stack, settings: { stackTarget } }: BackupSite) {
  if (stackTarget) return stackTarget
  throw stackProblems['stack.target-missing']({
    detail: `the region of ${stack} names nothing that stacks are built of`,
  })
}
const storeOf = (site: BackupSite) =>
  createStoreClient({ ...targetOf(site), store: resourceName(site.stack, 'backups') })
const keyAt = (site: BackupSite) => ({ ...targetOf(site), key: resourceName(site.stack, 'key') })

/** The bytes, which are what was stored when the last one was read. */
async function* asStored(
  source: AsyncIterable<Uint8Array>,
  key: string,
  { bytes, sha256 }: { bytes: number; sha256: string },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let read = 0
  for await (const piece of source) {
    hash.update(piece)
    read += piece.length
    yield piece
  }
  if (read === bytes && hash.digest('hex') === sha256) return
  throw backupStoreProblems['backup.object-damaged']({ detail: `${key} has another checksum than when it was stored` })
}
