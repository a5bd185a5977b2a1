import { createHash } from 'node:crypto'
import type { TableCount } from '../../control-plane/domain/backups.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { backupStoreProblems } from '../../stacks/dedicated/backups/backup-store.errors.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import type { BackupSite, StackBackups } from '../../workflows/regions/stack-backups.ts'
import type { World } from './fake-world.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Databases and stores of stacks in memory. */
export function fakeBackups({ backups, databases, keys, stacks }: World): StackBackups {
  const at = ({ stack }: BackupSite, key: string) => `${stack}/${key}`
  const assertReady = async ({ stack }: BackupSite) => {
    if (backups.gone === true || !stacks.has(stack))
      throw backupStoreProblems['backup.store-missing']({ detail: stack })
  }
  return {
    assertReady,
    async take(site, { key, dataKey, label }) {
      await assertReady(site)
      if (backups.full === true) throw backupStoreProblems['backup.store-full']({ detail: site.stack })
      const contents: TableCount[] = [{ table: 'public.entries', rows: databases.get(site.database)?.size ?? 0 }]
      const stored = { dataKey: Buffer.from(dataKey).toString('hex'), label, contents }
      backups.set(at(site, key), stored)
      const text = JSON.stringify(stored)
      return { bytes: text.length, sha256: sha256(text), lsn: '0/1', contents }
    },
    async rehearse(site, { key, dataKey, sha256: wanted }) {
      const found = backups.get(at(site, key))
      if (found === undefined) throw backupStoreProblems['backup.object-missing']({ detail: key })
      if (sha256(JSON.stringify(found)) !== wanted || backups.rotten === true)
        throw backupStoreProblems['backup.object-damaged']({ detail: key })
      if (found.dataKey !== Buffer.from(dataKey).toString('hex'))
        throw new Problem('seal.damaged', { status: 400, retryable: false, title: 'The key is another' })
      return backups.lossy === true ? found.contents.map((one) => ({ ...one, rows: one.rows + 1 })) : found.contents
    },
    endRehearsal: async ({ database }) => void backups.rehearsals.delete(database),
    remove: async (site, key) => void backups.delete(at(site, key)),
    async keyState({ stack }) {
      const { newest = 1, ended = new Set<number>() } = keys.get(resourceName(stack, 'key')) ?? {}
      const all = Array.from({ length: newest }, (_, index) => index + 1)
      return { newest, generations: all.filter((one) => !ended.has(one)) }
    },
    async endGenerations({ stack }, generations) {
      const key = keys.get(resourceName(stack, 'key'))
      for (const one of generations) if (key && one < key.newest) key.ended.add(one)
    },
  }
}
