import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { BackupSite, StackBackups } from '../../workflows/regions/stack-backups.ts'

/** A stack with a database that holds rows, a store, and a key at this generation; `other`: one that has no store. */
export type BackupsRig = {
  backups: StackBackups
  site: BackupSite
  other: BackupSite
  rotateTo: (generation: number) => Promise<void>
}

/** What backups of stacks promise, whatever they are made of. */
export function backupsSuite(open: () => BackupsRig): void {
  const dataKey = randomBytes(32)
  const object = (key: string) => ({ key, dataKey, label: 'a label' })

  test('what was taken is what is read back; again it is written over', async () => {
    const { backups, site } = open()
    await backups.assertReady(site, unlinked)
    for (let round = 0; round < 2; round += 1) {
      const { bytes, sha256, contents } = await backups.take(site, object('backups/a'), unlinked)
      expect(contents.length).toBeGreaterThan(0)
      const stored = { key: 'backups/a', dataKey, bytes, sha256 }
      expect(await backups.rehearse(site, stored, unlinked)).toEqual(contents)
      await backups.endRehearsal(site, unlinked)
    }
  })

  test('another key opens nothing, another checksum is told, and what was removed is missing', async () => {
    const { backups, site } = open()
    const { bytes, sha256 } = await backups.take(site, object('backups/b'), unlinked)
    const stored = { key: 'backups/b', dataKey, bytes, sha256 }
    const read = (over: Partial<typeof stored>) => backups.rehearse(site, { ...stored, ...over }, unlinked)
    await expect(read({ dataKey: randomBytes(32) })).rejects.toMatchObject({ code: 'seal.damaged' })
    await expect(read({ sha256: 'a'.repeat(64) })).rejects.toMatchObject({ code: 'backup.object-damaged' })
    for (let round = 0; round < 2; round += 1) await backups.remove(site, 'backups/b', unlinked)
    await expect(read({})).rejects.toMatchObject({ code: 'backup.object-missing' })
    await backups.endRehearsal(site, unlinked)
  })

  test('a stack without a store is refused by name', async () => {
    const { backups, other } = open()
    const missing = { code: 'backup.store-missing', retryable: false }
    await expect(backups.assertReady(other, unlinked)).rejects.toMatchObject(missing)
    await expect(backups.take(other, object('backups/c'), unlinked)).rejects.toMatchObject(missing)
  })

  test('old generations end, again it is the same, and the newest never', async () => {
    const { backups, site, rotateTo } = open()
    await rotateTo(3)
    await backups.endGenerations(site, [1, 3], unlinked)
    await backups.endGenerations(site, [1], unlinked)
    const { newest, generations } = await backups.keyState(site, unlinked)
    expect([newest, generations.includes(1), generations.includes(3)]).toEqual([3, false, true])
  })
}
